//! Types of files told apart by their first bytes.

use domain::Media;

use crate::Error;

/// How many bytes are enough to recognise any type.
pub const MAGIC_BYTES: usize = 12;

/// The brands of HEIF files, which are boxes as MPEG-4 is, and what people call them.
const HEIF_BRANDS: [([u8; 4], &str); 10] = [
    (*b"heic", "HEIC"),
    (*b"heix", "HEIC"),
    (*b"heim", "HEIC"),
    (*b"heis", "HEIC"),
    (*b"hevc", "HEIC"),
    (*b"hevx", "HEIC"),
    (*b"mif1", "HEIF"),
    (*b"msf1", "HEIF"),
    (*b"avif", "AVIF"),
    (*b"avis", "AVIF"),
];

/// Recognises a type by the first bytes of a file, of which [`MAGIC_BYTES`] are enough. What a server or a file name says about it
/// counts for nothing.
pub fn recognize(first_bytes: &[u8]) -> Option<Media> {
    match first_bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Media::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Media::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Media::Webp),
        [b'I', b'D', b'3', ..] => Some(Media::Mp3),
        // A frame of layer III, of any MPEG version but the reserved one.
        [0xff, second, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 => Some(Media::Mp3),
        // A frame of layer 0, which is AAC.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(Media::Aac),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Media::Wav),
        [b'O', b'g', b'g', b'S', ..] => Some(Media::Ogg),
        [b'f', b'L', b'a', b'C', ..] => Some(Media::Flac),
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A' | b'B', ..] => Some(Media::M4a),
        // An older one says nothing of its kind.
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..]
        | [0, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [0, _, _, _, b'w', b'i', b'd', b'e', ..]
        | [0, _, _, _, b'm', b'd', b'a', b't', ..] => Some(Media::Mov),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if heif(first_bytes).is_none() => Some(Media::Mp4),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Media::Webm),
        _ => None,
    }
}

/// Why a file is refused whose first bytes were not recognised: by its name, where it has one that people know.
pub(crate) fn refuse(first_bytes: &[u8]) -> Error {
    name(first_bytes).map_or(Error::UnknownType, Error::UnusableType)
}

/// What people call a picture of a type that is not taken here; nothing where it is none of those.
pub fn name(first_bytes: &[u8]) -> Option<&'static str> {
    match first_bytes {
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("GIF"),
        _ => heif(first_bytes),
    }
}

/// What people call a HEIF file; nothing where it is none.
fn heif(first_bytes: &[u8]) -> Option<&'static str> {
    let brand = first_bytes.get(8..12).filter(|_| first_bytes.get(4..8) == Some(b"ftyp"))?;
    HEIF_BRANDS.iter().find(|(known, _)| known == brand).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_recognised_by_their_first_bytes_only() {
        let cases: [(&[u8], Option<Media>); 27] = [
            (b"\xff\xd8\xff\xe0", Some(Media::Jpeg)),
            (b"\xff\xd8\xff\xff", Some(Media::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Some(Media::Png)),
            (b"RIFF\x24\0\0\0WEBP", Some(Media::Webp)),
            (b"ID3\x04\0\0", Some(Media::Mp3)),
            (b"\xff\xfb\x90\x00", Some(Media::Mp3)),
            (b"\xff\xf3\x90\x00", Some(Media::Mp3)),
            (b"\xff\xf1\x50\x80", Some(Media::Aac)),
            (b"RIFF\x24\0\0\0WAVEfmt ", Some(Media::Wav)),
            (b"OggS\0\x02", Some(Media::Ogg)),
            (b"fLaC\0\0\0\x22", Some(Media::Flac)),
            (b"\0\0\0\x20ftypM4A ", Some(Media::M4a)),
            (b"\0\0\0\x14ftypqt  ", Some(Media::Mov)),
            (b"\0\0\0\x20ftypisom", Some(Media::Mp4)),
            (b"\0\0\x0b\xe8moov\0\0\0\x6c", Some(Media::Mov)),
            (b"\0\0\0\x08wide\0\0\x10\0mdat", Some(Media::Mov)),
            (b"The moovies", None),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", Some(Media::Webm)),
            (b"\0\0\0\x24ftypheic", None),
            (b"\0\0\0\x18ftypavif", None),
            (b"\x89PNG\n\x1a\n", None),
            (b"\xff\xd8", None),
            (b"GIF89a", None),
            (b"II*\x00", None),
            (b"<!doctype html>", None),
            (b"<svg xmlns=", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(recognize(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_phones_make_is_refused_by_its_name() {
        assert_eq!(refuse(b"\0\0\0\x24ftypheic\0\0\0\0"), Error::UnusableType("HEIC"));
        assert_eq!(refuse(b"\0\0\0\x18ftypmif1"), Error::UnusableType("HEIF"));
        assert_eq!(refuse(b"\0\0\0\x18ftypavif"), Error::UnusableType("AVIF"));
        assert_eq!(refuse(b"\0\0\0\x18ftyphei"), Error::UnknownType);
        assert_eq!(refuse(b"GIF89a\x01\0"), Error::UnusableType("GIF"));
        assert_eq!(refuse(b"<html>"), Error::UnknownType);
    }
}
