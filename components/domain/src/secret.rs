//! A value that must never be seen in a log, an error or `Debug`, and how one is compared.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret string: its `Debug` shows nothing of it, and reading it is spelled out at the place that does.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether nothing was configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether somebody who shows this knows the secret. Nobody knows an empty one.
    pub fn is_known_by(&self, shown: &str) -> bool {
        !self.is_empty() && is_same_secret(&self.0, shown)
    }
}

/// Whether what somebody shows is the secret that is known here. How long the answer takes tells nothing of the secret, nor how long it is:
/// all bytes of both digests are compared.
pub fn is_same_secret(known: &str, shown: &str) -> bool {
    Sha256::digest(known).as_slice().ct_eq(Sha256::digest(shown).as_slice()).into()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_a_secret_is_the_secret() {
        assert!(is_same_secret("sesame", "sesame"));
        for other in ["", "s", "Sesame", "sesamf", "sesame ", "sesame\0"] {
            assert!(!is_same_secret("sesame", other), "{other:?}");
            assert!(!Secret::new("sesame").is_known_by(other), "{other:?}");
        }
        assert!(Secret::new("sesame").is_known_by("sesame"));
    }

    #[test]
    fn nobody_knows_a_secret_that_was_not_configured() {
        assert!(!Secret::default().is_known_by(""));
    }
}
