//! What files are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// SVG. Drawn here; never taken from anyone, for it can carry scripts.
    Svg,
    /// MP3, with or without an ID3 tag in front.
    Mp3,
    /// WAV.
    Wav,
    /// Ogg, whatever codec is in it.
    Ogg,
    /// FLAC.
    Flac,
    /// MPEG-4 with sound only.
    M4a,
    /// MPEG-4.
    Mp4,
    /// `QuickTime`.
    Mov,
    /// `WebM`.
    Webm,
    /// AAC in frames of its own (ADTS).
    Aac,
    /// JSON. Written here; never taken from anyone.
    Json,
}

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum MediaKind {
    /// Pictures.
    Image,
    /// Songs.
    Music,
    /// Videos.
    Video,
    /// What is seen on photos.
    Report,
}

impl MediaKind {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The kind as the API writes it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Media {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// What kind of thing it is.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Svg => MediaKind::Image,
            Self::Mp3 | Self::Wav | Self::Ogg | Self::Flac | Self::M4a | Self::Aac => MediaKind::Music,
            Self::Mp4 | Self::Mov | Self::Webm => MediaKind::Video,
            Self::Json => MediaKind::Report,
        }
    }

    /// The media type, as `Content-Type` has it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Svg => "image/svg+xml",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Webm => "video/webm",
            Self::Aac => "audio/aac",
            Self::Json => "application/json",
        }
    }

    /// The usual ending of a file name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Svg => "svg",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::M4a => "m4a",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Webm => "webm",
            Self::Aac => "aac",
            Self::Json => "json",
        }
    }
}
