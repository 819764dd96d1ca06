//! SHA-256 digests, in hexadecimal.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const DIGITS: usize = 64;

/// A SHA-256 digest: 64 hexadecimal digits, fit for a store key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct Digest(String);

/// The text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct InvalidDigest;

impl Digest {
    /// The digest of these parts, one after the other, each followed by a line feed.
    ///
    /// Parts that cannot hold a line feed cannot be shifted against each other. `printf '%s\n' part... | sha256sum` prints the same.
    pub fn of_lines<T: AsRef<[u8]>>(lines: impl IntoIterator<Item = T>) -> Self {
        let mut hasher = Sha256::new();
        for line in lines {
            hasher.update(line);
            hasher.update(b"\n");
        }
        Self(hex::encode(hasher.finalize()))
    }

    /// The digest of these bytes. `sha256sum` prints the same.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    /// The digest that has these bytes.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(hex::encode(bytes))
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A digest has 64 digits, whatever it was made from.
        _ = hex::decode_to_slice(&self.0, &mut bytes);
        bytes
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes the digest of bytes that pass by, in pieces of any size.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that passed.
    pub fn finish(self) -> Digest {
        Digest(hex::encode(self.0.finalize()))
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        // An account has hundreds of them: every digit is looked at, several at once, rather than up to the first bad one.
        let digits = text.bytes().fold(true, |valid, b| valid & matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == DIGITS { Ok(Self(text)) } else { Err(InvalidDigest) }
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256sum_agrees() {
        let digest = Digest::of_lines(["a", "b"]);
        assert_eq!(digest.as_str(), "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2");
        assert_eq!(digest.as_str().parse(), Ok(digest.clone()));
        assert_eq!(digest.as_str()[1..].parse::<Digest>(), Err(InvalidDigest));
        assert_eq!(Digest::of("a\nb\n"), digest);
        assert_eq!(Digest::of_bytes(digest.to_bytes()), digest);
        let mut hasher = Hasher::default();
        for piece in ["a", "", "\nb\n"] {
            hasher.push(piece.as_bytes());
        }
        assert_eq!(hasher.finish(), digest);
    }
}
