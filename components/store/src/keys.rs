//! The key layout, all of it.
//!
//! | key | value | written by |
//! |---|---|---|
//! | `key:{sha256}` | [`KeyRecord`]: API key to account | swap |
//! | `account:{account}` | [`Account`]: funds and keys | swap |
//! | `task:{account}:{task}` | [`Task`]: one job at a provider | swap |
//! | `character:{account}:{character}` | [`Character`] | swap |
//! | `photo:{account}:{character}:{n}:{chunk}` | bytes of a photo | set once |
//! | `result:{account}:{task}:{n}:{chunk}` | bytes of a picture | set, same bytes every time |
//!
//! The account is in every key: another account's id finds nothing. Swapped and plain keys share no prefix.

use std::marker::PhantomData;

use domain::{Account, AccountId, Character, CharacterId, KeyDigest, KeyRecord, Task, TaskId};

use crate::BlobKey;

/// The key of a document of type `T`.
#[derive(Debug)]
pub struct DocumentKey<T> {
    key: String,
    of: PhantomData<fn() -> T>,
}

impl<T> DocumentKey<T> {
    fn new(key: String) -> Self {
        Self { key, of: PhantomData }
    }

    /// The key in the store.
    pub fn as_str(&self) -> &str {
        &self.key
    }
}

/// Where an API key's record is.
pub fn api_key(digest: &KeyDigest) -> DocumentKey<KeyRecord> {
    DocumentKey::new(format!("key:{}", digest.as_str()))
}

/// Where an account is.
pub fn account(id: &AccountId) -> DocumentKey<Account> {
    DocumentKey::new(format!("account:{id}"))
}

/// Where a task is.
pub fn task(account: &AccountId, id: &TaskId) -> DocumentKey<Task> {
    DocumentKey::new(format!("task:{account}:{id}"))
}

/// Where a character is.
pub fn character(account: &AccountId, id: &CharacterId) -> DocumentKey<Character> {
    DocumentKey::new(format!("character:{account}:{id}"))
}

/// Where the `n`th photo of a character is.
pub fn photo(account: &AccountId, character: &CharacterId, n: usize) -> BlobKey {
    BlobKey::new(format!("photo:{account}:{character}:{n}"))
}

/// Where the `n`th picture of a task is.
pub fn result(account: &AccountId, task: &TaskId, n: usize) -> BlobKey {
    BlobKey::new(format!("result:{account}:{task}:{n}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_fits_every_store() {
        let account_id = AccountId::from_random([0xff; 16]);
        let (task_id, character_id) = (TaskId::from_random([0xff; 16]), CharacterId::from_random([0xff; 16]));
        let keys = [
            api_key(&domain::ApiKey::from_random([1; 32]).digest()).as_str().to_owned(),
            account(&account_id).as_str().to_owned(),
            task(&account_id, &task_id).as_str().to_owned(),
            character(&account_id, &character_id).as_str().to_owned(),
            photo(&account_id, &character_id, 29).chunk(40),
            result(&account_id, &task_id, 3).chunk(400),
        ];
        for key in keys {
            assert!(key.len() <= 200, "{key}");
            assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)), "{key}");
        }
    }
}
