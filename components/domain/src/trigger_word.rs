//! Trigger words: the rare word that calls a character up in a prompt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{TRIGGER_WORD_CHARS_MAX, TRIGGER_WORD_CHARS_MIN};

/// A trigger word: 3 to 32 ASCII letters, digits or `_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("pattern" = "^[A-Za-z0-9_]{3,32}$"))]
pub struct TriggerWord(String);

impl TriggerWord {
    /// Reads a caller's word; nothing when it is too short, too long or has other characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (TRIGGER_WORD_CHARS_MIN..=TRIGGER_WORD_CHARS_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The word these random bytes make, of the form `CHAR1N2K3M4`: unlikely in any text, so that it means only this person.
    pub fn from_random(bytes: [u8; 7]) -> Self {
        let mut word = String::from("CHAR");
        for (i, byte) in bytes.into_iter().enumerate() {
            let (first, count) = if i % 2 == 0 { (b'0', 10) } else { (b'A', 26) };
            word.push(char::from(first + byte % count));
        }
        Self(word)
    }

    /// The word itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_3_to_32_letters_digits_or_underscores() {
        for good in ["abc", "SARAH_1", &"x".repeat(32)] {
            assert_eq!(TriggerWord::parse(good).map(|w| w.0), Some(good.to_owned()));
        }
        for bad in ["", "ab", &"x".repeat(33), "two words", "naïve", "a-b-c", "a:b"] {
            assert_eq!(TriggerWord::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_generated_word_has_the_documented_form() {
        assert_eq!(TriggerWord::from_random([1, 13, 2, 10, 3, 12, 4]).as_str(), "CHAR1N2K3M4");
        let word = TriggerWord::from_random([255; 7]);
        assert_eq!(TriggerWord::parse(word.as_str()), Some(word));
    }
}
