//! API keys: `sk-`, or `sk-test-` of an account for tests, 256 random bits and a checksum that finds a mistyped key without a look-up.

use std::fmt;

use sha2::{Digest, Sha256};

const PREFIX: &str = "sk-";
const TEST_MARK: &str = "test-";
const RANDOM_BYTES: usize = 32;
const CHECKSUM_HEX: usize = 8;

/// A key as its holder sends it. Only its digest is ever stored; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key these random bits make.
    pub fn from_random(bits: [u8; RANDOM_BYTES]) -> Self {
        Self::marked("", bits)
    }

    /// The key of an account for tests that these random bits make.
    pub fn test_from_random(bits: [u8; RANDOM_BYTES]) -> Self {
        Self::marked(TEST_MARK, bits)
    }

    fn marked(mark: &str, bits: [u8; RANDOM_BYTES]) -> Self {
        let body = hex::encode(bits);
        let checksum = crc32fast::hash(body.as_bytes());
        Self(format!("{PREFIX}{mark}{body}{checksum:08x}"))
    }

    /// Whether a text has the form every key has: it begins with `sk-`.
    pub fn has_prefix(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads a key; nothing when its length, alphabet or checksum is wrong, so that no such key was ever issued.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let rest = rest.strip_prefix(TEST_MARK).unwrap_or(rest);
        let (body, checksum) = rest.split_at_checked(RANDOM_BYTES * 2)?;
        let intact = checksum.len() == CHECKSUM_HEX
            && body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && format!("{:08x}", crc32fast::hash(body.as_bytes())) == checksum;
        intact.then(|| Self(text.to_owned()))
    }

    /// The digest under which the key's record is stored. A fast hash suffices: there are 256 bits to guess.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(hex::encode(Sha256::digest(self.0.as_bytes())))
    }

    /// The key itself, shown once to whoever asked for it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// The SHA-256 of an API key in hexadecimal; its first 16 digits name the key to administrators.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct KeyDigest(String);

impl KeyDigest {
    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name by which an administrator sees and revokes the key: 16 digits, worthless to whoever reads them.
    pub fn key_id(&self) -> &str {
        self.0.get(..16).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_every_damaged_one_is_not() {
        for (key, begin) in [(ApiKey::from_random([7; 32]), "sk-0"), (ApiKey::test_from_random([7; 32]), "sk-test-0")] {
            assert!(key.expose().starts_with(begin));
            is_read_back_and_no_damaged_one(key);
        }
        assert_ne!(ApiKey::from_random([7; 32]).digest(), ApiKey::test_from_random([7; 32]).digest());
        assert_eq!(ApiKey::parse("sk-\u{fc}"), None);
    }

    fn is_read_back_and_no_damaged_one(key: ApiKey) {
        let text = key.expose().to_owned();
        assert_eq!(ApiKey::parse(&text), Some(key));
        for i in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[i] = if damaged[i] == b'0' { b'1' } else { b'0' };
            assert_eq!(ApiKey::parse(&String::from_utf8(damaged).unwrap()), None, "digit {i}");
            assert_eq!(ApiKey::parse(&text[..i]), None, "cut at {i}");
        }
        assert_eq!(ApiKey::parse(&format!("{text}0")), None);
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", ApiKey::from_random([7; 32])), "ApiKey(..)");
    }

    #[test]
    fn the_digest_is_sha_256_in_hexadecimal() {
        let key = ApiKey("abc".to_owned());
        assert_eq!(key.digest().as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(key.digest().key_id(), "ba7816bf8f01cfea");
    }
}
