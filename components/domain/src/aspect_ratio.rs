//! The shapes a picture can have.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The aspect ratio of a picture, width to height.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AspectRatio {
    /// 1024 x 1024 pixels, the default.
    #[default]
    #[serde(rename = "1:1")]
    Square,
    /// 1344 x 768 pixels.
    #[serde(rename = "16:9")]
    Landscape16x9,
    /// 768 x 1344 pixels.
    #[serde(rename = "9:16")]
    Portrait9x16,
    /// 1152 x 896 pixels.
    #[serde(rename = "4:3")]
    Landscape4x3,
    /// 896 x 1152 pixels.
    #[serde(rename = "3:4")]
    Portrait3x4,
    /// 1216 x 832 pixels.
    #[serde(rename = "3:2")]
    Landscape3x2,
    /// 832 x 1216 pixels.
    #[serde(rename = "2:3")]
    Portrait2x3,
}

impl AspectRatio {
    /// Every ratio, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Square,
        Self::Landscape16x9,
        Self::Portrait9x16,
        Self::Landscape4x3,
        Self::Portrait3x4,
        Self::Landscape3x2,
        Self::Portrait2x3,
    ];

    /// The ratio as the API and the providers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Square => "1:1",
            Self::Landscape16x9 => "16:9",
            Self::Portrait9x16 => "9:16",
            Self::Landscape4x3 => "4:3",
            Self::Portrait3x4 => "3:4",
            Self::Landscape3x2 => "3:2",
            Self::Portrait2x3 => "2:3",
        }
    }
}

/// The text is none of the ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unsupported aspect ratio")]
pub struct UnsupportedAspectRatio;

impl FromStr for AspectRatio {
    type Err = UnsupportedAspectRatio;

    fn from_str(text: &str) -> Result<Self, UnsupportedAspectRatio> {
        Self::ALL.into_iter().find(|ratio| ratio.as_str() == text).ok_or(UnsupportedAspectRatio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_is_read_back_and_nothing_else_is() {
        for ratio in AspectRatio::ALL {
            assert_eq!(ratio.as_str().parse(), Ok(ratio));
            assert_eq!(serde_json::to_value(ratio).unwrap(), ratio.as_str());
        }
        for text in ["", "21:9", "1x1", " 1:1", "custom"] {
            assert_eq!(text.parse::<AspectRatio>(), Err(UnsupportedAspectRatio));
        }
    }
}
