//! Accounts: a customer's funds and keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::{KEYS_MAX, REVOKED_KEY_LISTED};
use crate::{
    AccountId, Funds, KeyBudget, KeyDigest, KeyLimits, Listing, PendingDelivery, PendingStop, SecretGeneration, TaskId,
    Timestamp,
};

/// An account's document. Its [`Funds`] are the only unit of money there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// What the administrator calls it.
    pub name: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Its credits.
    pub funds: Funds,
    /// The account for tests that belongs to it, where one was opened: that has other keys, credits and characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_account: Option<AccountId>,
    /// Its API keys, in the order they were made.
    pub keys: Vec<KeyEntry>,
    /// The tasks whose end their owner is still to be told of: written with what settles them.
    #[serde(default)]
    pub deliveries: BTreeMap<TaskId, PendingDelivery>,
    /// The tasks that are over here, whose jobs are to be stopped at their providers: written with what settles them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stops: BTreeMap<TaskId, PendingStop>,
    /// Where it stands what of this account is due.
    #[serde(default)]
    pub due: Listing,
    /// Since when it may begin nothing that costs, if it was suspended.
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
    /// Since when it is being deleted, or is deleted. Its ledger stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// What those messages are signed with.
    #[serde(default)]
    pub webhook_secret: SecretGeneration,
}

impl Account {
    /// An account as it is opened.
    pub const fn new(id: AccountId, name: String, created_at: Timestamp, funds: Funds) -> Self {
        Self {
            id,
            name,
            created_at,
            funds,
            test_account: None,
            keys: Vec::new(),
            deliveries: BTreeMap::new(),
            stops: BTreeMap::new(),
            due: Listing { page: 0, closed: 0 },
            suspended_at: None,
            deleted_at: None,
            webhook_secret: SecretGeneration { number: 0, since: None },
        }
    }

    /// The account with one more key in its list; nothing where the list is full of keys that open it.
    ///
    /// Of its keys, `ended` are those that open nothing any more, and since when: they leave the list after [`REVOKED_KEY_LISTED`], and the
    /// one that ended first at once where there is no room. Their own records stay, so none ever opens the account again.
    pub fn with_key(&self, key: KeyEntry, ended: &[(KeyDigest, Timestamp)], now: Timestamp) -> Option<Self> {
        let ended_at = |entry: &KeyEntry| ended.iter().find(|(digest, _)| *digest == entry.digest).map(|(_, at)| *at);
        let mut keys = self.keys.clone();
        keys.retain(|entry| ended_at(entry).is_none_or(|at| now.since(at) < REVOKED_KEY_LISTED));
        if keys.len() >= KEYS_MAX {
            let first = keys.iter().filter_map(|entry| Some((ended_at(entry)?, entry.digest.clone())));
            let (_, first) = first.min_by_key(|(at, _)| *at)?;
            keys.retain(|entry| entry.digest != first);
        }
        keys.push(key);
        Some(Self { keys, ..self.clone() })
    }
}

/// One of an account's keys, as its account lists it. Whether it is still good stands in its own [`KeyRecord`] only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// The key's digest.
    pub digest: KeyDigest,
    /// What the administrator calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it may spend, where that is not all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<KeyBudget>,
}

/// A key's own document, found by the key's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Whose key it is.
    pub account: AccountId,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// What else it may not do.
    #[serde(default, skip_serializing_if = "KeyLimits::is_none")]
    pub limits: KeyLimits,
}

impl KeyRecord {
    /// A key as it is made.
    pub const fn new(account: AccountId, limits: KeyLimits) -> Self {
        Self { account, revoked_at: None, limits }
    }

    /// Since when it opens nothing any more, if that is so.
    pub fn ended_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.revoked_at.or(self.limits.ends_at.filter(|at| *at <= now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{ApiKey, Credits, Digest};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn entry(n: u8) -> KeyEntry {
        KeyEntry { digest: ApiKey::from_random([n; 32]).digest(), label: n.to_string(), created_at: NOW, budget: None }
    }

    fn account(keys: u8) -> Account {
        let zero = Credits::ZERO;
        let (holds, entries, head) = (BTreeMap::new(), Vec::new(), Digest::of_lines([""]));
        let funds = Funds { granted: zero, balance: zero, spent: zero, holds, archived: 0, entries, head };
        let account = Account::new(AccountId::from_random([1; 16]), "a".to_owned(), NOW, funds);
        Account { keys: (0..keys).map(entry).collect(), ..account }
    }

    fn labels(account: &Account) -> Vec<&str> {
        account.keys.iter().map(|key| key.label.as_str()).collect()
    }

    #[test]
    fn keys_revoked_long_ago_leave_the_list_and_others_stay() {
        let ended = [(entry(0).digest, NOW), (entry(1).digest, NOW.plus(Duration::from_millis(1)))];
        let after = account(3).with_key(entry(9), &ended, NOW.plus(REVOKED_KEY_LISTED)).unwrap();
        assert_eq!(labels(&after), ["1", "2", "9"]);
    }

    #[test]
    fn a_full_list_makes_room_with_the_key_that_was_revoked_first() {
        let full = account(50);
        assert_eq!(full.keys.len(), KEYS_MAX);
        assert_eq!(full.with_key(entry(99), &[], NOW), None);
        let ended = [(entry(7).digest, NOW.plus(Duration::from_secs(1))), (entry(8).digest, NOW)];
        let after = full.with_key(entry(99), &ended, NOW.plus(Duration::from_secs(2))).unwrap();
        assert_eq!(after.keys.len(), KEYS_MAX);
        assert!(labels(&after).contains(&"7") && !labels(&after).contains(&"8"));
        assert_eq!(labels(&after).last(), Some(&"99"));
    }
}
