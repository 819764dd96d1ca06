//! Exif data (CIPA DC-008), which is a TIFF file of its own: which way up the picture is, and whether it tells where it was taken. Only the
//! orientation is written.

use crate::number::{big, little};
use crate::photo::pieces::len;

/// How much of Exif data is looked at for the orientation, in bytes: as much as a JPEG can have in one segment.
pub(super) const EXIF_BYTES_MAX: u64 = 64 * 1024;

/// How many bytes there are where only the orientation is told.
pub(super) const ORIENTATION_BYTES: u64 = 26;

/// The tag that says which way up a picture is.
const ORIENTATION: u64 = 0x0112;
/// The tag that says where the directory of the place is.
const PLACE: u64 = 0x8825;
/// In that directory: the latitude and the longitude.
const COORDINATES: [u64; 2] = [2, 4];
/// The type of a number of two bytes.
const SHORT: u64 = 3;
/// What the orientation is of a picture that is as it should be.
const UPRIGHT: u8 = 1;
/// Bytes of an entry of a directory.
const ENTRY_BYTES: usize = 12;

type Number = fn(&[u8], usize, usize) -> Option<u64>;

/// Which way up the picture is, 1 to 8, by its Exif data; nothing where they do not say. 1 is upright.
pub fn orientation(exif: &[u8]) -> Option<u8> {
    let (tiff, number) = tiff(exif)?;
    let entry = entry(tiff, number, number(tiff, 4, 4)?, &[ORIENTATION])?;
    let value = number(entry, 8, 2).filter(|_| number(entry, 2, 2) == Some(SHORT))?;
    u8::try_from(value).ok().filter(|value| (1..=8).contains(value))
}

/// Whether the Exif data tell where the picture was taken: a latitude or a longitude.
pub fn has_place(exif: &[u8]) -> bool {
    let coordinate = || {
        let (tiff, number) = tiff(exif)?;
        let place = entry(tiff, number, number(tiff, 4, 4)?, &[PLACE])?;
        entry(tiff, number, number(place, 8, 4)?, &COORDINATES)
    };
    coordinate().is_some()
}

/// The file within, and how its numbers are read.
fn tiff(exif: &[u8]) -> Option<(&[u8], Number)> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    match tiff.get(..4)? {
        b"II*\0" => Some((tiff, little)),
        b"MM\0*" => Some((tiff, big)),
        _ => None,
    }
}

/// The first entry with one of these tags, in the directory that begins there.
fn entry<'a>(tiff: &'a [u8], number: Number, begin: u64, tags: &[u64]) -> Option<&'a [u8]> {
    let directory = tiff.get(usize::try_from(begin).ok()?..)?;
    let count = usize::try_from(number(directory, 0, 2)?).ok()?;
    let mut entries = directory.get(2..)?.chunks_exact(ENTRY_BYTES).take(count);
    entries.find(|entry| number(entry, 0, 2).is_some_and(|tag| tags.contains(&tag)))
}

/// Whether a picture would be shown the wrong way up without these Exif data.
pub(super) fn must_stay(exif: &[u8]) -> bool {
    orientation(exif).is_some_and(|value| value != UPRIGHT) && len(exif.len()) >= ORIENTATION_BYTES
}

/// Puts the orientation in the place of Exif data, and nothing behind it. Where there is not even room for that, nothing is left.
pub(super) fn reduce(exif: &mut [u8]) {
    let value = orientation(exif).unwrap_or(UPRIGHT);
    exif.fill(0);
    // One directory with one entry, and no other one behind it.
    let least = [&b"MM\0*\0\0\0\x08\0\x01"[..], &[1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0], &[0; 4]].concat();
    if let Some(place) = exif.get_mut(..least.len()) {
        place.copy_from_slice(&least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exif data whose directory of the place has an entry with this tag.
    fn with_place(tag: u8) -> Vec<u8> {
        let first = [0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26];
        let place = [&[0, 1, 0, tag, 0, 5, 0, 0, 0, 3, 0, 0, 0, 44][..], &[0; 4]].concat();
        [&b"MM\0*\0\0\0\x08\0\x01"[..], &first, &[0; 4], &place, &[0; 24]].concat()
    }

    #[test]
    fn a_latitude_or_a_longitude_is_a_place() {
        assert!(has_place(&with_place(2)) && has_place(&with_place(4)));
        assert!(has_place(&[b"Exif\0\0", &with_place(2)[..]].concat()));
    }

    #[test]
    fn a_directory_without_either_is_none() {
        // Phones write the version of the directory even where the place is not to be told.
        assert!(!has_place(&with_place(0)));
        let cut = with_place(2);
        (0..38).for_each(|end| assert!(!has_place(&cut[..end]), "{end}"));
    }
}
