//! Whether a caller's file is what it was announced as: its own first bytes count more than its name.

use domain::{Media, MediaKind};

use crate::Invalid;

/// Checks a whole file by its first bytes, of which [`media::MAGIC_BYTES`] are enough, and its size.
///
/// # Errors
/// [`Invalid::Input`], which says what it is.
pub fn check(announced: &str, first: &[u8], size_bytes: u32) -> Result<(), Invalid> {
    if size_bytes == 0 {
        return Err(Invalid::Input("The file is empty".to_owned()));
    }
    let known = media::recognize(first);
    if known.is_some_and(|known| fits(known, announced)) || is_taken_on_trust(announced, first) {
        return Ok(());
    }
    let found = known.map(Media::media_type).or_else(|| media::name(first)).unwrap_or("something else");
    Err(Invalid::Input(format!("The file is {found}, and was announced as {announced}")))
}

/// Whether a type that was recognised may have been announced so.
fn fits(known: Media, announced: &str) -> bool {
    match known {
        // These are told apart by a brand that cameras and programs set as they like.
        Media::Mp4 | Media::Mov => {
            matches!(announced, "video/mp4" | "video/quicktime" | "image/avif" | "image/heic" | "image/heif")
        }
        // A film by its name, and all of it sound.
        Media::M4a => matches!(announced, "audio/mp4" | "video/mp4" | "video/quicktime"),
        known => known.media_type() == announced,
    }
}

/// Whether nothing more is known of the files of a type than that they are none of the others.
fn is_taken_on_trust(announced: &str, first: &[u8]) -> bool {
    match media::name(first) {
        Some(name) => match announced {
            "image/avif" | "image/heic" | "image/heif" => matches!(name, "AVIF" | "HEIC" | "HEIF"),
            announced => announced == "image/gif" && name == "GIF",
        },
        None => false,
    }
}

/// The type of a picture that came with a request.
///
/// # Errors
/// What it is instead, in words that follow "the data: URI".
pub fn picture(bytes: &[u8]) -> Result<Media, String> {
    let known = media::recognize(bytes);
    known.filter(|media| media.kind() == MediaKind::Image).ok_or_else(|| {
        let found = known.map(Media::media_type).or_else(|| media::name(bytes));
        let is = found.map_or(String::new(), |found| format!("is {found}, and "));
        format!("{is}has to have a JPEG, PNG or WebP picture in it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: [(&str, &[u8]); 13] = [
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"),
        ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x0d"),
        ("image/webp", b"RIFF\x24\0\0\0WEBP"),
        ("image/gif", b"GIF89a\x01\0\x01\0\0\0"),
        ("image/avif", b"\0\0\0\x18ftypavif"),
        ("image/heic", b"\0\0\0\x24ftypheic"),
        ("image/heif", b"\0\0\0\x24ftypmif1"),
        ("video/mp4", b"\0\0\0\x20ftypisom"),
        ("video/quicktime", b"\0\0\0\x14ftypqt  "),
        ("video/quicktime", b"\0\0\0\x08wide\0\0\x10\0"),
        ("video/webm", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81"),
        ("audio/mpeg", b"ID3\x04\0\0\0\0\0\0\xff\xfb"),
        ("audio/wav", b"RIFF\x24\0\0\0WAVE"),
    ];

    /// Those that are told apart by nothing that counts.
    const COUSINS: [&[&str]; 2] = [&["video/mp4", "video/quicktime"], &["image/avif", "image/heic", "image/heif"]];

    #[test]
    fn a_file_is_what_it_was_announced_as_or_a_cousin_of_that() {
        for (media_type, first) in FIRST {
            for (announced, _) in FIRST {
                let are_cousins = COUSINS.iter().any(|all| all.contains(&media_type) && all.contains(&announced));
                // An MPEG-4 file may be a picture under a brand that is not known here.
                let is_brand = media_type.starts_with("video/") && media_type != "video/webm";
                let may_be = is_brand && COUSINS[1].contains(&announced);
                let taken = check(announced, first, 100).is_ok();
                assert_eq!(taken, media_type == announced || are_cousins || may_be, "{media_type} as {announced}");
            }
        }
    }

    #[test]
    fn what_is_refused_is_named() {
        let refused = |announced, first: &[u8]| check(announced, first, 100).unwrap_err().to_string();
        assert_eq!(refused("image/jpeg", FIRST[5].1), "The file is HEIC, and was announced as image/jpeg");
        assert_eq!(refused("video/mp4", FIRST[4].1), "The file is AVIF, and was announced as video/mp4");
        assert_eq!(refused("video/webm", FIRST[7].1), "The file is video/mp4, and was announced as video/webm");
        assert_eq!(refused("audio/wav", b"<html>"), "The file is something else, and was announced as audio/wav");
        assert_eq!(check("image/jpeg", b"", 0).unwrap_err().to_string(), "The file is empty");
        assert_eq!(picture(FIRST[5].1), Err("is HEIC, and has to have a JPEG, PNG or WebP picture in it".to_owned()));
        assert_eq!(picture(FIRST[1].1), Ok(Media::Png));
    }
}
