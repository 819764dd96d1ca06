//! The shapes a picture can have.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The aspect ratio of a picture, width to height.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
pub enum AspectRatio {
    /// 1024 x 1024 pixels, the default.
    #[default]
    #[serde(rename = "1:1")]
    #[strum(serialize = "1:1")]
    Square,
    /// 1344 x 768 pixels.
    #[serde(rename = "16:9")]
    #[strum(serialize = "16:9")]
    Landscape16x9,
    /// 768 x 1344 pixels.
    #[serde(rename = "9:16")]
    #[strum(serialize = "9:16")]
    Portrait9x16,
    /// 1152 x 896 pixels.
    #[serde(rename = "4:3")]
    #[strum(serialize = "4:3")]
    Landscape4x3,
    /// 896 x 1152 pixels.
    #[serde(rename = "3:4")]
    #[strum(serialize = "3:4")]
    Portrait3x4,
    /// 1216 x 832 pixels.
    #[serde(rename = "3:2")]
    #[strum(serialize = "3:2")]
    Landscape3x2,
    /// 832 x 1216 pixels.
    #[serde(rename = "2:3")]
    #[strum(serialize = "2:3")]
    Portrait2x3,
}

impl AspectRatio {
    /// Every ratio, in the order of the documentation.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The ratio as the API and the providers write it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
