//! Bases: the families of models that characters are trained on. Weights of one run on that one only.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most bytes of a base's name.
const BYTES_MAX: usize = 32;
/// What characters are trained on unless told.
const DEFAULT: &str = "flux-1";

/// A family of models: 1 to 32 of `a-z`, `0-9`, `.` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, with = "String")]
pub struct Base(String);

/// A text that names no base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no name of a base: 1 to {BYTES_MAX} of a-z, 0-9, `.` and `-`")]
pub struct InvalidBase;

impl Base {
    /// Reads a name; nothing when no base can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        ((1..=BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// Whether it is what characters are trained on unless told.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Base {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Base {
    type Error = InvalidBase;

    fn try_from(text: String) -> Result<Self, InvalidBase> {
        Self::parse(&text).ok_or(InvalidBase)
    }
}

impl From<Base> for String {
    fn from(base: Base) -> Self {
        base.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_has_a_short_plain_name() {
        for good in ["flux-1", "z-image", "sd3.5", &"x".repeat(32)] {
            assert_eq!(Base::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Flux", "a/b", "a b", &"x".repeat(33)] {
            assert_eq!(Base::parse(bad), None, "{bad}");
            assert!(serde_json::from_value::<Base>(bad.into()).is_err(), "{bad}");
        }
        assert!(Base::default().is_default() && Base::parse(DEFAULT).is_some());
    }
}
