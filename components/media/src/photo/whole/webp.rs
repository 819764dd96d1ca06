//! A WebP, from chunk to chunk (RFC 9649, 2.3): as long as its head says, and some of it is the picture.

use crate::photo::pieces::{Collected, Flaw, len, take};

/// Bytes that stand before what the head's size counts.
const COUNTED_FROM: u64 = 8;

/// Follows a WebP to where its head says that it ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Webp {
    place: Place,
    passed: u64,
    /// Where it ends, once its head has passed.
    end: u64,
    first: Collected<12>,
    head: Collected<8>,
    has_picture: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// In its first bytes.
    #[default]
    First,
    /// At the name and size of a chunk.
    Head,
    /// In a chunk of which so many bytes are left.
    Content(u64),
    /// It cannot be followed any further.
    Damaged,
}

impl Webp {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() && !self.is_over() {
            let before = rest.len();
            match &mut self.place {
                Place::First => {
                    if let Some([_, _, _, _, a, b, c, d, ..]) = self.first.take(&mut rest) {
                        self.end = u64::from(u32::from_le_bytes([a, b, c, d])).saturating_add(COUNTED_FROM);
                        self.place = Place::Head;
                    }
                }
                Place::Head => {
                    if let Some([name @ .., a, b, c, d]) = self.head.take(&mut rest) {
                        let size = u64::from(u32::from_le_bytes([a, b, c, d]));
                        // It begins behind what has been taken just now.
                        let begun = self.passed.saturating_add(len(before).saturating_sub(len(rest.len())));
                        let fits = begun.saturating_add(size) <= self.end;
                        self.has_picture |= fits && matches!(&name, b"VP8 " | b"VP8L" | b"ANMF");
                        // Chunks begin at even places.
                        self.place = if fits { Place::Content(size.saturating_add(size % 2)) } else { Place::Damaged };
                    }
                }
                Place::Content(left) => {
                    take(&mut rest, left);
                }
                Place::Damaged => rest = &[],
            }
            if matches!(self.place, Place::Content(0)) {
                self.place = Place::Head;
            }
            self.passed = self.passed.saturating_add(len(before).saturating_sub(len(rest.len())));
        }
    }

    const fn is_over(&self) -> bool {
        !matches!(self.place, Place::First) && self.passed >= self.end
    }

    pub(super) const fn finish(&self) -> Result<(), Flaw> {
        match self.place {
            _ if !self.is_over() => Err(Flaw::CutOff),
            Place::Damaged => Err(Flaw::Damaged),
            _ if self.has_picture => Ok(()),
            _ => Err(Flaw::NoPicture),
        }
    }
}
