//! What delivered files are, told apart by their first bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Format;

/// The type of a file. What a server or a file name says about it counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MediaKind {
    /// Pictures.
    Image,
    /// Songs.
    Music,
    /// Videos.
    Video,
}

impl MediaKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Image, Self::Music, Self::Video];

    /// The kind as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Music => "music",
            Self::Video => "video",
        }
    }
}

impl Media {
    /// How many bytes are enough to recognise any type.
    pub const MAGIC_BYTES: usize = 12;

    /// Recognises a type by the first bytes of a file, of which [`Self::MAGIC_BYTES`] are enough.
    pub fn recognize(first_bytes: &[u8]) -> Option<Self> {
        if let Some(format) = Format::recognize(first_bytes) {
            return Some(format.into());
        }
        match first_bytes {
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // A frame of layer III, of any MPEG version but the reserved one.
            [0xff, second, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 => Some(Self::Mp3),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A' | b'B', ..] => Some(Self::M4a),
            [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => Some(Self::Mov),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Webm),
            _ => None,
        }
    }

    /// What kind of thing it is.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Svg => MediaKind::Image,
            Self::Mp3 | Self::Wav | Self::Ogg | Self::Flac | Self::M4a => MediaKind::Music,
            Self::Mp4 | Self::Mov | Self::Webm => MediaKind::Video,
        }
    }

    /// The media type, as `Content-Type` has it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => Format::Jpeg.media_type(),
            Self::Png => Format::Png.media_type(),
            Self::Webp => Format::Webp.media_type(),
            Self::Svg => "image/svg+xml",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Webm => "video/webm",
        }
    }

    /// The usual ending of a file name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => Format::Jpeg.extension(),
            Self::Png => Format::Png.extension(),
            Self::Webp => Format::Webp.extension(),
            Self::Svg => "svg",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::M4a => "m4a",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Webm => "webm",
        }
    }
}

impl From<Format> for Media {
    fn from(format: Format) -> Self {
        match format {
            Format::Jpeg => Self::Jpeg,
            Format::Png => Self::Png,
            Format::Webp => Self::Webp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_recognised_by_their_first_bytes_only() {
        let cases: [(&[u8], Option<Media>); 15] = [
            (b"\x89PNG\r\n\x1a\n", Some(Media::Png)),
            (b"ID3\x04\0\0", Some(Media::Mp3)),
            (b"\xff\xfb\x90\x00", Some(Media::Mp3)),
            (b"\xff\xf3\x90\x00", Some(Media::Mp3)),
            (b"\xff\xf1\x50\x80", None), // AAC in ADTS: layer 0.
            (b"\xff\xd8\xff\xe0", Some(Media::Jpeg)),
            (b"RIFF\x24\0\0\0WAVEfmt ", Some(Media::Wav)),
            (b"OggS\0\x02", Some(Media::Ogg)),
            (b"fLaC\0\0\0\x22", Some(Media::Flac)),
            (b"\0\0\0\x20ftypM4A ", Some(Media::M4a)),
            (b"\0\0\0\x14ftypqt  ", Some(Media::Mov)),
            (b"\0\0\0\x20ftypisom", Some(Media::Mp4)),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", Some(Media::Webm)),
            (b"<svg xmlns=", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Media::recognize(bytes), expected, "{bytes:?}");
        }
    }
}
