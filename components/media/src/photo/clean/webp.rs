//! A WebP, from chunk to chunk (RFC 9649, 2.3): those that it is not shown by become chunks that nobody knows, with zeros in them.

use crate::photo::exif::{self, EXIF_BYTES_MAX, ORIENTATION_BYTES};
use crate::photo::held::{Held, give};
use crate::photo::pieces::{Collected, len, take};

/// Bytes that stand before what the head's size counts.
const COUNTED_FROM: u64 = 8;
/// What a chunk is called that was emptied.
const BLANK: [u8; 4] = *b"JUNK";
/// In the features of an extended file: there is a chunk of XMP.
const HAS_XMP: u8 = 0x04;

/// Takes out of a WebP what is not its picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Webp {
    place: Place,
    passed: u64,
    /// Where it ends, once its head has passed.
    end: u64,
    first: Collected<12>,
    head: Collected<8>,
    held: Held,
    /// Whether it said where it was taken.
    pub(super) had_place: bool,
    /// Whether it is turned or mirrored only when it is shown.
    pub(super) is_turned: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// In its first bytes.
    #[default]
    First,
    /// At the name and size of a chunk.
    Head,
    /// At the features of an extended file, and the bytes behind that.
    Features(u64),
    /// At the beginning of Exif data, which is held back, and the bytes behind that.
    Held(u64),
    /// In a chunk of which so many bytes are left.
    Content { left: u64, is_kept: bool },
    /// Behind its end, or where it cannot be followed any further.
    Over,
}

impl Webp {
    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let before = rest.len();
            self.step(&mut rest, out);
            if matches!(self.place, Place::Content { left: 0, .. }) {
                self.place = Place::Head;
            }
            self.passed = self.passed.saturating_add(len(before).saturating_sub(len(rest.len())));
            if matches!(self.place, Place::Head) && self.passed >= self.end {
                self.place = Place::Over;
            }
        }
    }

    fn step(&mut self, rest: &mut &[u8], out: &mut Vec<u8>) {
        let before = rest.len();
        match &mut self.place {
            Place::First => {
                let Some(first) = self.first.take(rest) else { return };
                let [_, _, _, _, a, b, c, d, ..] = first;
                self.end = u64::from(u32::from_le_bytes([a, b, c, d])).saturating_add(COUNTED_FROM);
                self.place = Place::Head;
                give(&first, true, out);
            }
            Place::Head => {
                let Some([name @ .., a, b, c, d]) = self.head.take(rest) else { return };
                // It begins behind what has been taken just now.
                let begun = self.passed.saturating_add(len(before).saturating_sub(len(rest.len())));
                self.begin(name, [a, b, c, d], begun, out);
            }
            Place::Features(behind) => {
                let Some((features, after)) = rest.split_first() else { return };
                *rest = after;
                out.push(features & !HAS_XMP);
                self.place = Place::Content { left: *behind, is_kept: true };
            }
            Place::Held(behind) => {
                let Some(mut held) = self.held.take(rest) else { return };
                self.had_place |= exif::has_place(&held);
                self.is_turned |= exif::must_stay(&held);
                exif::reduce(&mut held);
                out.append(&mut held);
                self.place = Place::Content { left: *behind, is_kept: false };
            }
            Place::Content { left, is_kept } => {
                let is_kept = *is_kept;
                give(take(rest, left), is_kept, out);
            }
            Place::Over => {
                give(rest, false, out);
                *rest = &[];
            }
        }
    }

    /// Begins a chunk whose content begins there.
    fn begin(&mut self, name: [u8; 4], size: [u8; 4], begun: u64, out: &mut Vec<u8>) {
        let content = u64::from(u32::from_le_bytes(size));
        // Chunks begin at even places.
        let left = content.saturating_add(content % 2);
        let (name, place) = match &name {
            _ if begun.saturating_add(content) > self.end => (name, Place::Over),
            b"VP8X" if left > 0 => (name, Place::Features(left.saturating_sub(1))),
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                (name, Place::Content { left, is_kept: true })
            }
            // Whether there are Exif data was said in front of the picture. So there are, and the orientation is in them.
            b"EXIF" if content >= ORIENTATION_BYTES => {
                let hold = content.min(EXIF_BYTES_MAX);
                self.held = Held::until(hold);
                (name, Place::Held(left.saturating_sub(hold)))
            }
            _ => (BLANK, Place::Content { left, is_kept: false }),
        };
        self.place = place;
        give(&[name, size].concat(), true, out);
    }
}
