//! The kinds of image that can be trained on.

use serde::{Deserialize, Serialize};

use crate::Media;

/// An image format: one of the [`Media`], which know all about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl Format {
    /// The same as a type of file.
    pub const fn media(self) -> Media {
        match self {
            Self::Jpeg => Media::Jpeg,
            Self::Png => Media::Png,
            Self::Webp => Media::Webp,
        }
    }

    /// The media type, as `Content-Type` has it.
    pub const fn media_type(self) -> &'static str {
        self.media().media_type()
    }

    /// The usual ending of a file name, without the dot.
    pub const fn extension(self) -> &'static str {
        self.media().extension()
    }
}

impl Media {
    /// The image format; nothing where it is none that can be trained on.
    pub const fn format(self) -> Option<Format> {
        match self {
            Self::Jpeg => Some(Format::Jpeg),
            Self::Png => Some(Format::Png),
            Self::Webp => Some(Format::Webp),
            _ => None,
        }
    }
}

impl From<Format> for Media {
    fn from(format: Format) -> Self {
        format.media()
    }
}
