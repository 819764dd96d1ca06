//! Exif data (CIPA DC-008), which is a TIFF file of its own: only the orientation is read, and only that is written.

use crate::number::{big, little};
use crate::photo::pieces::len;

/// How much of Exif data is looked at for the orientation, in bytes: as much as a JPEG can have in one segment.
pub(super) const EXIF_BYTES_MAX: u64 = 64 * 1024;

/// How many bytes there are where only the orientation is told.
pub(super) const ORIENTATION_BYTES: u64 = 26;

/// The tag that says which way up a picture is.
const ORIENTATION: u64 = 0x0112;
/// The type of its value: a number of two bytes.
const SHORT: u64 = 3;
/// What it says of a picture that is as it should be.
const UPRIGHT: u8 = 1;
/// Bytes of an entry of a directory.
const ENTRY_BYTES: usize = 12;

/// Which way up the picture is, 1 to 8, by its Exif data; nothing where they do not say.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let tiff = tiff.strip_prefix(b"Exif\0\0").unwrap_or(tiff);
    let number = match tiff.get(..4)? {
        b"II*\0" => little,
        b"MM\0*" => big,
        _ => return None,
    };
    let directory = tiff.get(usize::try_from(number(tiff, 4, 4)?).ok()?..)?;
    let count = usize::try_from(number(directory, 0, 2)?).ok()?;
    let mut entries = directory.get(2..)?.chunks_exact(ENTRY_BYTES).take(count);
    let entry = entries.find(|entry| number(entry, 0, 2) == Some(ORIENTATION))?;
    let value = number(entry, 8, 2).filter(|_| number(entry, 2, 2) == Some(SHORT))?;
    u8::try_from(value).ok().filter(|value| (1..=8).contains(value))
}

/// Whether a picture would be shown the wrong way up without these Exif data.
pub(super) fn must_stay(tiff: &[u8]) -> bool {
    orientation(tiff).is_some_and(|value| value != UPRIGHT) && len(tiff.len()) >= ORIENTATION_BYTES
}

/// Puts the orientation in the place of Exif data, and nothing behind it. Where there is not even room for that, nothing is left.
pub(super) fn reduce(tiff: &mut [u8]) {
    let value = orientation(tiff).unwrap_or(UPRIGHT);
    tiff.fill(0);
    // One directory with one entry, and no other one behind it.
    let least = [&b"MM\0*\0\0\0\x08\0\x01"[..], &[1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0], &[0; 4]].concat();
    if let Some(place) = tiff.get_mut(..least.len()) {
        place.copy_from_slice(&least);
    }
}
