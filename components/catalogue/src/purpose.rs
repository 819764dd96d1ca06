//! What a model is for. A deployment can tell by it which of the things that callers expect nobody there can do.

use domain::MediaKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ModelKind", inline)]
pub enum Purpose {
    /// Pictures from words.
    TextToImage,
    /// Pictures from pictures and words.
    ImageToImage,
    /// Songs.
    Music,
    /// Lips that move to what is said.
    Lipsync,
    /// Larger pictures.
    ImageUpscale,
    /// Larger videos.
    VideoUpscale,
    /// What is seen on photos: how many faces, how large, and whether there are sunglasses.
    Inspect,
}

impl Purpose {
    /// What callers expect of a deployment, in the order it is told in. To inspect photos is the operator's choice.
    pub const EXPECTED: [Self; 6] =
        [Self::TextToImage, Self::ImageToImage, Self::Music, Self::Lipsync, Self::ImageUpscale, Self::VideoUpscale];

    /// What such a model makes.
    pub const fn media(self) -> MediaKind {
        match self {
            Self::TextToImage | Self::ImageToImage | Self::ImageUpscale => MediaKind::Image,
            Self::Music => MediaKind::Music,
            Self::Lipsync | Self::VideoUpscale => MediaKind::Video,
            Self::Inspect => MediaKind::Report,
        }
    }
}
