//! A JPEG, from marker to marker (ITU-T T.81, annex B): it has a scan, and an end of image behind that.

use crate::photo::pieces::{Collected, Flaw, take};

/// Follows a JPEG to its end of image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jpeg {
    place: Place,
    length: Collected<2>,
    has_scan: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// Between markers: a scan's data, or what decoders pass over.
    #[default]
    Data,
    /// Behind the 0xff of a marker.
    Marker,
    /// At the length of a segment; of a scan's header, or another one.
    Length { is_scan: bool },
    /// In a segment of which so many bytes are left.
    Segment(u64),
    /// Behind the end of image.
    Over,
}

impl Jpeg {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Data => {
                    let Some((_, after)) = rest.iter().position(|byte| *byte == 0xff).map(|at| rest.split_at(at))
                    else {
                        return;
                    };
                    rest = after.get(1..).unwrap_or_default();
                    self.place = Place::Marker;
                }
                Place::Marker => {
                    let Some((marker, after)) = rest.split_first() else { return };
                    rest = after;
                    self.place = behind(*marker);
                }
                Place::Length { is_scan } => {
                    let Some(length) = self.length.take(&mut rest) else { return };
                    self.has_scan |= *is_scan;
                    // It counts itself.
                    self.place = Place::Segment(u64::from(u16::from_be_bytes(length)).saturating_sub(2));
                }
                Place::Segment(left) => {
                    take(&mut rest, left);
                }
                Place::Over => return,
            }
            if matches!(self.place, Place::Segment(0)) {
                self.place = Place::Data;
            }
        }
    }

    pub(super) const fn finish(self) -> Result<(), Flaw> {
        match (self.place, self.has_scan) {
            (Place::Over, true) => Ok(()),
            (Place::Over, false) => Err(Flaw::NoPicture),
            _ => Err(Flaw::CutOff),
        }
    }
}

/// What comes behind a marker.
const fn behind(marker: u8) -> Place {
    match marker {
        // Any number of fill bytes may stand before it.
        0xff => Place::Marker,
        // A 0xff of the data, and markers without a segment.
        0x00 | 0x01 | 0xd0..=0xd8 => Place::Data,
        0xd9 => Place::Over,
        _ => Place::Length { is_scan: marker == 0xda },
    }
}
