//! A JPEG, from marker to marker (ITU-T T.81, annex B): what applications wrote into it becomes zeros, but what its picture is shown by.

use crate::photo::exif::{self, EXIF_BYTES_MAX};
use crate::photo::held::{Held, give};
use crate::photo::pieces::{Collected, len, take};

const EXIF: &[u8] = b"Exif\0\0";
const COLOUR_PROFILE: &[u8] = b"ICC_PROFILE\0";

/// Takes out of a JPEG what is not its picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Jpeg {
    place: Place,
    /// The marker that was met last.
    marker: u8,
    /// Whether the bytes between markers are a scan's.
    in_scan: bool,
    length: Collected<2>,
    held: Held,
    /// Whether it said where it was taken.
    pub(super) had_place: bool,
    /// Whether it is turned or mirrored only when it is shown.
    pub(super) is_turned: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// Between markers: a scan's data, or what decoders pass over.
    #[default]
    Data,
    /// Behind the 0xff of a marker.
    Marker,
    /// At the length of a segment.
    Length,
    /// At the beginning of a segment that is held back, and the bytes behind that.
    Held(u64),
    /// In a segment of which so many bytes are left.
    Segment { left: u64, is_kept: bool },
    /// Behind the end of image. Cameras put further pictures there, with Exif data of their own.
    Over,
}

impl Jpeg {
    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Data => {
                    let end = rest.iter().position(|byte| *byte == 0xff);
                    let (data, after) = rest.split_at(end.unwrap_or(rest.len()));
                    give(data, self.in_scan, out);
                    rest = after;
                    if let Some((marker, after)) = after.split_first() {
                        out.push(*marker);
                        rest = after;
                        self.place = Place::Marker;
                    }
                }
                Place::Marker => {
                    let Some((marker, after)) = rest.split_first() else { return };
                    out.push(*marker);
                    rest = after;
                    self.meet(*marker);
                }
                Place::Length => {
                    let Some(length) = self.length.take(&mut rest) else { return };
                    out.extend_from_slice(&length);
                    // It counts itself.
                    self.begin(u64::from(u16::from_be_bytes(length)).saturating_sub(2));
                }
                Place::Held(behind) => {
                    let behind = *behind;
                    let Some(mut held) = self.held.take(&mut rest) else { return };
                    self.had_place |= self.marker == 0xe1 && exif::has_place(&held);
                    self.is_turned |= self.marker == 0xe1 && held.strip_prefix(EXIF).is_some_and(exif::must_stay);
                    let is_kept = decide(self.marker, &mut held);
                    out.append(&mut held);
                    self.place = Place::Segment { left: behind, is_kept };
                }
                Place::Segment { left, is_kept } => {
                    let is_kept = *is_kept;
                    give(take(&mut rest, left), is_kept, out);
                }
                Place::Over => {
                    give(rest, false, out);
                    return;
                }
            }
            if matches!(self.place, Place::Segment { left: 0, .. }) {
                self.place = Place::Data;
            }
        }
    }

    fn meet(&mut self, marker: u8) {
        self.place = match marker {
            // Any number of fill bytes may stand before it.
            0xff => Place::Marker,
            // A 0xff of the data, and markers without a segment.
            0x00 | 0x01 | 0xd0..=0xd8 => Place::Data,
            0xd9 => Place::Over,
            _ => {
                self.in_scan = marker == 0xda;
                Place::Length
            }
        };
        self.marker = marker;
    }

    /// Begins a segment with so many bytes of content.
    fn begin(&mut self, content: u64) {
        let hold = match self.marker {
            0xe1 => content.min(EXIF_BYTES_MAX),
            0xe2 => content.min(len(COLOUR_PROFILE.len())),
            _ => 0,
        };
        // JFIF, Adobe's colours, and all that is no application's and no comment.
        let is_kept = matches!(self.marker, 0xe0 | 0xee) || !matches!(self.marker, 0xe1..=0xef | 0xfe);
        self.place = if hold == 0 {
            Place::Segment { left: content, is_kept }
        } else {
            self.held = Held::until(hold);
            Place::Held(content.saturating_sub(hold))
        };
    }
}

/// Leaves of a segment's beginning what is kept of it; says whether the rest is kept, too.
fn decide(marker: u8, begin: &mut [u8]) -> bool {
    if marker == 0xe2 && begin == COLOUR_PROFILE {
        return true;
    }
    match begin.split_at_mut_checked(EXIF.len()) {
        Some((name, tiff)) if marker == 0xe1 && name == EXIF && exif::must_stay(tiff) => exif::reduce(tiff),
        _ => begin.fill(0),
    }
    false
}
