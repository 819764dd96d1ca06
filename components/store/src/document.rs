//! Documents as they are stored: `{"v":1,"revision":7,"writers":["..."],"body":{..}}`.
//!
//! The revision never repeats, so that a store that compares values cannot mistake an old state for the current one. The writers are the
//! latest writes' nonces: an update that is told it failed finds out there whether it took effect after all.

use domain::takedown::Case;
use domain::{Account, Character, DuePage, KeyRecord, Task, Usage};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, VALUE_BYTES_MAX};

/// Version of the layout below, and of every body in it.
const VERSION: u32 = 1;

/// How many writes' nonces a document remembers: more than can be under way at once.
const WRITERS_REMEMBERED: usize = 32;

/// Something kept in the store as one JSON document.
pub trait Document: Serialize + DeserializeOwned + Send + 'static {}

impl Document for Account {}
impl Document for Case {}
impl Document for Character {}
impl Document for DuePage {}
impl Document for KeyRecord {}
impl Document for Task {}
impl Document for Usage {}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored<T> {
    v: u32,
    revision: u64,
    pub(crate) writers: Vec<String>,
    pub(crate) body: T,
}

impl<T> Stored<T> {
    pub(crate) const fn new(body: T) -> Self {
        Self { v: VERSION, revision: 1, writers: Vec::new(), body }
    }

    /// Signs the document, one revision on, for its writer: once, however many changes the write has.
    pub(crate) fn sign(&mut self, writer: &str) {
        if self.writers.last().is_none_or(|last| last != writer) {
            self.writers.push(writer.to_owned());
            self.writers.drain(..self.writers.len().saturating_sub(WRITERS_REMEMBERED));
            self.revision = self.revision.saturating_add(1);
        }
    }
}

/// Whether a write with this nonce took effect.
pub(crate) fn is_written_by(key: &str, bytes: &[u8], writer: &str) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Signed {
        writers: Vec<String>,
    }
    let signed: Signed = serde_json::from_slice(bytes).map_err(|reason| corrupt(key, &reason))?;
    Ok(signed.writers.iter().any(|known| known == writer))
}

pub(crate) fn encode<T: Document>(key: &str, stored: &Stored<T>) -> Result<Vec<u8>, Error> {
    to_value(key, stored)
}

pub(crate) fn decode<T: Document>(key: &str, bytes: &[u8]) -> Result<Stored<T>, Error> {
    let stored: Stored<T> = serde_json::from_slice(bytes).map_err(|reason| corrupt(key, &reason))?;
    if stored.v != VERSION {
        return Err(unknown(key, stored.v));
    }
    Ok(stored)
}

/// A plain value: never swapped, so it needs neither revision nor writers.
#[derive(Serialize, Deserialize)]
struct Plain<T> {
    v: u32,
    body: T,
}

pub(crate) fn encode_plain<T: Serialize>(key: &str, body: &T) -> Result<Vec<u8>, Error> {
    to_value(key, &Plain { v: VERSION, body })
}

pub(crate) fn decode_plain<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    let plain: Plain<T> = serde_json::from_slice(bytes).map_err(|reason| corrupt(key, &reason))?;
    if plain.v == VERSION { Ok(plain.body) } else { Err(unknown(key, plain.v)) }
}

/// The bytes to be stored. What some store would not take is refused on all of them.
fn to_value(key: &str, whole: &impl Serialize) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_vec(whole).map_err(|reason| corrupt(key, &reason))?;
    if value.len() > VALUE_BYTES_MAX {
        return Err(Error::TooLarge { key: key.to_owned(), size_bytes: value.len() });
    }
    Ok(value)
}

fn unknown(key: &str, version: u32) -> Error {
    corrupt(key, &format_args!("version {version} is not known here"))
}

fn corrupt(key: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Corrupt { key: key.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, KeyLimits, KeyRecord};

    use super::*;

    const KEY: &str = "key:1";

    fn record() -> KeyRecord {
        KeyRecord::new(AccountId::from_random([7; 16]), KeyLimits::default())
    }

    #[test]
    fn the_stored_bytes_are_these() {
        let mut stored = Stored::new(record());
        stored.sign("n1");
        let bytes = encode(KEY, &stored).unwrap();
        let golden = r#"{"v":1,"revision":2,"writers":["n1"],"body":{"account":"acct_07070707070747078707070707070707","revoked_at":null}}"#;
        assert_eq!(String::from_utf8(bytes).unwrap(), golden);
        assert_eq!(decode::<KeyRecord>(KEY, golden.as_bytes()).unwrap().body, record());
    }

    #[test]
    fn another_version_or_damage_is_corrupt_and_never_a_default() {
        let newer = br#"{"v":2,"revision":2,"writers":[],"body":{"account":"acct_07070707070747078707070707070707","revoked_at":null}}"#;
        for bytes in [&newer[..], b"", b"{}", b"null", b"{\"v\":1"] {
            assert!(matches!(decode::<KeyRecord>(KEY, bytes), Err(Error::Corrupt { .. })));
        }
    }

    #[test]
    fn what_some_store_would_not_take_is_refused() {
        let text = |bytes: usize| "x".repeat(bytes);
        assert!(encode_plain(KEY, &text(VALUE_BYTES_MAX - 100)).is_ok());
        assert!(matches!(encode_plain(KEY, &text(VALUE_BYTES_MAX)), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn the_memory_of_writers_is_bounded() {
        let mut stored = Stored::new(record());
        for n in 0..100 {
            stored.sign(&n.to_string());
            stored.sign(&n.to_string());
        }
        assert_eq!((stored.writers.len(), stored.revision), (WRITERS_REMEMBERED, 101));
        let bytes = encode(KEY, &stored).unwrap();
        assert_eq!(is_written_by(KEY, &bytes, "99"), Ok(true));
        assert_eq!(is_written_by(KEY, &bytes, "0"), Ok(false));
    }
}
