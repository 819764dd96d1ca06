//! MPEG-4 and `QuickTime` files: boxes in boxes, of which one says how long the film is.

use crate::number::{big, millis};

/// A box's head: its name, how long that head is, and where the next box begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: [u8; 4],
    pub(crate) length: u64,
    /// Nothing where it goes on to the end of what it is in.
    pub(crate) size: Option<u64>,
}

/// The most bytes of a box's head.
pub(crate) const HEAD_BYTES_MAX: u32 = 16;

/// Reads a box's head; nothing where there is none, or where it claims to be shorter than itself.
pub(crate) fn head(bytes: &[u8]) -> Option<Head> {
    let name = bytes.get(4..8)?.try_into().ok()?;
    let (length, size) = match big(bytes, 0, 4)? {
        0 => (8, None),
        1 => (16, Some(big(bytes, 8, 8)?)),
        size => (8, Some(size)),
    };
    size.is_none_or(|size| size >= length).then_some(Head { name, length, size })
}

/// How long the film is, from the content of its `moov` box, as far as that is there.
pub(crate) fn duration(moov: &[u8]) -> Option<u64> {
    let mut rest = moov;
    loop {
        let head = head(rest)?;
        let content = rest.get(usize::try_from(head.length).ok()?..)?;
        if &head.name == b"mvhd" {
            return of_header(content);
        }
        rest = rest.get(usize::try_from(head.size?).ok()?..)?;
    }
}

fn of_header(mvhd: &[u8]) -> Option<u64> {
    let (scale, duration, unknown) = match mvhd.first()? {
        0 => (big(mvhd, 12, 4)?, big(mvhd, 16, 4)?, u64::from(u32::MAX)),
        1 => (big(mvhd, 20, 4)?, big(mvhd, 24, 8)?, u64::MAX),
        _ => return None,
    };
    // A film in fragments says nothing here.
    if duration == 0 || duration == unknown { None } else { millis(duration, scale) }
}
