//! The part of a picture that says how large it is.
//!
//! PNG and WebP say it in their first bytes. A JPEG says it in its frame header, and before that may come megabytes that have nothing
//! to do with it: EXIF, colour profiles, a portrait's depth map. Its segments are passed over, whatever a camera wrote into them.

use crate::number::{big, little};

/// Where PNG (24 bytes) and all three kinds of WebP (at most 30) have told their dimensions.
pub(crate) const FIXED_HEADER_BYTES: u32 = 30;

/// How much has to be seen of a JPEG's segment: marker, length, and of a frame header precision, height and width.
pub(crate) const SEGMENT_BYTES: u32 = 9;

/// Where a JPEG's first segment begins, in bytes: behind the start of the image.
pub(crate) const FIRST_SEGMENT: u64 = 2;

/// The furthest that a JPEG's frame header may lie from its beginning, in bytes. A photo that may be trained on is no longer.
pub(crate) const FRAME_OFFSET_MAX: u64 = 10 * 1024 * 1024;

/// A JPEG's segment, or what stands in place of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A frame header: width and height.
    Frame(u32, u32),
    /// Nothing about the dimensions; the next segment begins so many bytes later.
    Other(u64),
}

/// Reads the beginning of a JPEG's segment (ITU-T T.81, B.1.1.4); nothing where there is none before the picture's data, or it is cut short.
pub(crate) fn segment(bytes: &[u8]) -> Option<Segment> {
    match *bytes {
        // Any number of fill bytes may stand before a marker (B.1.1.2).
        [0xff, 0xff, ..] => {
            let fill = bytes.iter().take_while(|byte| **byte == 0xff).count();
            u64::try_from(fill).ok()?.checked_sub(1).map(Segment::Other)
        }
        [0xff, marker, ref content @ ..] => match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (height, width) = (big(content, 3, 2)?, big(content, 5, 2)?);
                pixels(width, height).map(|(width, height)| Segment::Frame(width, height))
            }
            // These have no content.
            0x01 | 0xd0..=0xd7 => Some(Segment::Other(2)),
            // A picture's begin, its end or its data: no frame header comes any more.
            0x00 | 0xd8..=0xda => None,
            _ => Some(Segment::Other(big(content, 0, 2)?.max(2).checked_add(2)?)),
        },
        _ => None,
    }
}

/// Width and height of a PNG, from its first bytes.
pub(crate) fn png(head: &[u8]) -> Option<(u32, u32)> {
    head.get(12..16).filter(|name| name == b"IHDR")?;
    pixels(big(head, 16, 4)?, big(head, 20, 4)?)
}

/// Width and height of a WebP (RFC 9649, 2.5 to 2.7), from its first bytes.
pub(crate) fn webp(head: &[u8]) -> Option<(u32, u32)> {
    match head.get(12..16)? {
        // Above the 14 bits stands how it is to be scaled.
        b"VP8 " => pixels(little(head, 26, 2)? & 0x3fff, little(head, 28, 2)? & 0x3fff),
        b"VP8L" => {
            let packed = little(head, 21, 4)?;
            pixels((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1)
        }
        b"VP8X" => pixels(little(head, 24, 3)? + 1, little(head, 27, 3)? + 1),
        _ => None,
    }
}

/// Nothing where a picture has no pixels.
fn pixels(width: u64, height: u64) -> Option<(u32, u32)> {
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    (width > 0 && height > 0).then_some((width, height))
}
