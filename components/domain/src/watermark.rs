//! What an operator has written into every picture.

use std::str::FromStr;

/// The most characters of a watermark: so many can be read in a corner.
const CHARACTERS_MAX: usize = 24;

/// A short text that is to be seen in a picture: 1 to 24 printable ASCII characters, not all of them spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark(String);

/// The text is none that can be written into a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has to be 1 to {CHARACTERS_MAX} printable ASCII characters")]
pub struct InvalidWatermark;

impl Watermark {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Watermark {
    type Err = InvalidWatermark;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let is_seen = !text.trim().is_empty() && text.len() <= CHARACTERS_MAX;
        if is_printable && is_seen { Ok(Self(text.to_owned())) } else { Err(InvalidWatermark) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watermark_is_short_and_printable() {
        for text in ["AI", "made with AI ~ example.com"[..24].into(), "~"] {
            assert_eq!(text.parse::<Watermark>().as_ref().map(Watermark::as_str), Ok(text));
        }
        for text in ["", "  ", "made with AI, and that is long", "caf\u{e9}", "a\nb", "\u{7f}"] {
            assert_eq!(text.parse::<Watermark>(), Err(InvalidWatermark), "{text:?}");
        }
    }
}
