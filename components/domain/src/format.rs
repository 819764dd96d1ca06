//! The kinds of image that can be trained on, told apart by their first bytes.

use serde::{Deserialize, Serialize};

/// An image format. What a server or a file name says about it counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG, starting with a start-of-image marker and another marker.
    Jpeg,
    /// PNG, starting with its eight-byte signature.
    Png,
    /// WebP, a RIFF file of that type.
    Webp,
}

impl Format {
    /// How many bytes are enough to recognise any format.
    pub const MAGIC_BYTES: usize = 12;

    /// Recognises a format by the first bytes of a file, of which [`Self::MAGIC_BYTES`] are enough.
    pub fn recognize(first_bytes: &[u8]) -> Option<Self> {
        match first_bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// The media type, as `Content-Type` has it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The usual ending of a file name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_first_bytes_only() {
        let cases: [(&[u8], Option<Format>); 11] = [
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Some(Format::Png)),
            (b"RIFF\x24\x00\x00\x00WEBP", Some(Format::Webp)),
            (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
            (b"\x89PNG\n\x1a\n", None),
            (b"\xff\xd8", None),
            (b"GIF89a", None),
            (b"II*\x00", None),
            (b"\x00\x00\x00\x18ftypheic", None),
            (b"<!doctype html>", None),
            (b"", None),
        ];
        for (bytes, format) in cases {
            assert_eq!(Format::recognize(bytes), format, "{bytes:?}");
        }
    }
}
