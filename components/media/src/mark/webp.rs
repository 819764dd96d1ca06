//! A WebP, from chunk to chunk (RFC 9649, 2.3 to 2.7): the packet is a chunk at its end, and a manifest another one behind that. A simple file
//! becomes an extended one, for only those have XMP.

use super::addition::Addition;
use super::packet::PACKET;
use crate::photo::held::give;
use crate::photo::pieces::{len, take};
use crate::picture;

/// Bytes that stand before what the head's size counts.
const COUNTED_FROM: u64 = 8;
/// Bytes of the head, before the first chunk.
const HEAD_BYTES: usize = 12;
/// Bytes before what is in a chunk: its name, and its size.
const CHUNK_HEAD_BYTES: usize = 8;
/// Largest size that a head may tell (RFC 9649, 2.4).
const SIZE_MAX: u64 = (1 << 32) - 10;
/// What an extended file begins with, in bytes.
const FEATURES_BYTES: u64 = 10;
/// In the features of an extended file: there is a chunk of XMP.
const HAS_XMP: u8 = 0x04;
/// In the features of an extended file: some of it may be seen through.
const HAS_ALPHA: u8 = 0x10;
/// The same, in the header of a picture without losses.
const LOSSLESS_ALPHA: u8 = 0x10;
/// What a chunk is called that is a manifest.
const MANIFEST: &[u8; 4] = b"C2PA";
/// What a chunk is called that was emptied.
const BLANK: &[u8; 4] = b"JUNK";

/// Marks a WebP.
#[derive(Debug, Clone)]
pub(super) struct Webp {
    place: Place,
    /// The head as it is to be, until it was given, and the features that a simple file gets.
    head: Vec<u8>,
    passed: u64,
    /// Where it ended before.
    end: u64,
    pub(super) addition: Addition,
}

#[derive(Debug, Clone)]
enum Place {
    /// In the head, of which so many bytes are left.
    Start(u64),
    /// At the beginning of a chunk, with what there is of that.
    Head(Vec<u8>),
    /// In a chunk of which so many bytes are left.
    Content { left: u64, is_kept: bool },
    /// Where it cannot be followed any further.
    Over,
}

impl Webp {
    /// The way for a file with this beginning and this manifest, and how many bytes it adds; nothing where it is no WebP, or none that can be followed.
    pub(super) fn new(first: &[u8], manifest: &[u8]) -> Option<(Self, u64)> {
        let (head, chunks) = first.split_first_chunk::<HEAD_BYTES>()?;
        let [b'R', b'I', b'F', b'F', size @ .., b'W', b'E', b'B', b'P'] = *head else { return None };
        let size = u64::from(u32::from_le_bytes(size));
        let ([name @ .., s0, s1, s2, s3], content) = chunks.split_first_chunk::<CHUNK_HEAD_BYTES>()?;
        let content_size = u64::from(u32::from_le_bytes([*s0, *s1, *s2, *s3]));
        let extension = match (name, content) {
            (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, ..]) => features(0, picture::webp(first)?),
            (b"VP8L", [0x2f, _, _, _, packed, ..]) => {
                let alpha = if packed & LOSSLESS_ALPHA == 0 { 0 } else { HAS_ALPHA };
                features(alpha, picture::webp(first)?)
            }
            (b"VP8X", _) if content_size >= FEATURES_BYTES => Vec::new(),
            _ => return None,
        };
        let end = size.saturating_add(COUNTED_FROM);
        let begun = len(HEAD_BYTES).saturating_add(len(CHUNK_HEAD_BYTES));
        // Chunks begin at even places.
        let before: &[u8] = if end.is_multiple_of(2) { &[] } else { &[0] };
        let mark = [before, &chunk(*b"XMP ", PACKET.as_bytes())].concat();
        let manifest = if manifest.is_empty() { Vec::new() } else { chunk(*MANIFEST, manifest) };
        let added = [extension.len(), mark.len(), manifest.len()].into_iter().map(len).fold(0, u64::saturating_add);
        let anew = u32::try_from(size.checked_add(added).filter(|anew| *anew <= SIZE_MAX)?).ok()?;
        if begun.saturating_add(content_size) > end {
            return None;
        }
        let head = [b"RIFF", &anew.to_le_bytes()[..], b"WEBP", &extension].concat();
        let addition = Addition::new(&mark, &manifest);
        Some((Self { place: Place::Start(len(HEAD_BYTES)), head, passed: 0, end, addition }, added))
    }

    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut left = self.end.saturating_sub(self.passed);
        let mut behind = chunk;
        let within = take(&mut behind, &mut left);
        self.follow(within, out);
        self.passed = self.passed.saturating_add(len(within.len()));
        if self.passed >= self.end {
            self.rest(out);
        }
        give(behind, true, out);
    }

    /// Its end, wherever that is.
    pub(super) fn rest(&mut self, out: &mut Vec<u8>) {
        if let Place::Head(head) = &mut self.place {
            out.append(head);
        }
        self.addition.give(out);
    }

    fn follow(&mut self, within: &[u8], out: &mut Vec<u8>) {
        let (mut rest, mut at) = (within, self.passed);
        while !rest.is_empty() {
            let before = rest.len();
            match &mut self.place {
                Place::Start(left) => {
                    take(&mut rest, left);
                    if *left == 0 {
                        out.append(&mut self.head);
                        self.place = Place::Head(Vec::new());
                    }
                }
                Place::Head(head) => {
                    let Some((byte, after)) = rest.split_first() else { return };
                    head.push(*byte);
                    rest = after;
                    self.look(at.saturating_add(1), out);
                }
                Place::Content { left, is_kept } => {
                    let is_kept = *is_kept;
                    give(take(&mut rest, left), is_kept, out);
                }
                Place::Over => {
                    give(rest, true, out);
                    rest = &[];
                }
            }
            if matches!(self.place, Place::Content { left: 0, .. }) {
                self.place = Place::Head(Vec::new());
            }
            at = at.saturating_add(len(before).saturating_sub(len(rest.len())));
        }
    }

    /// Goes on as soon as the beginning of a chunk says how; it ends there.
    fn look(&mut self, at: u64, out: &mut Vec<u8>) {
        let Place::Head(head) = &mut self.place else { return };
        let Some(([name @ .., a, b, c, d], first)) = head.split_first_chunk_mut::<CHUNK_HEAD_BYTES>() else { return };
        let size = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
        // Chunks begin at even places.
        let left = size.saturating_add(size % 2).saturating_sub(len(first.len()));
        let fits = at.saturating_sub(len(first.len())).saturating_add(size) <= self.end;
        let mut is_kept = true;
        match (&*name, first) {
            (b"VP8X", []) if fits && size > 0 => return,
            (b"VP8X", [features, ..]) => *features |= HAS_XMP,
            (b"XMP ", _) if fits => {
                *name = *BLANK;
                is_kept = false;
            }
            (MANIFEST, _) if fits && self.addition.has_manifest() => {
                *name = *BLANK;
                is_kept = false;
            }
            _ => {}
        }
        out.append(head);
        self.place = if fits { Place::Content { left, is_kept } } else { Place::Over };
    }
}

/// The features of a file with XMP, as a chunk.
fn features(more: u8, (width, height): (u32, u32)) -> Vec<u8> {
    let less_one = |pixels: u32| pixels.saturating_sub(1).to_le_bytes();
    let ([w0, w1, w2, _], [h0, h1, h2, _]) = (less_one(width), less_one(height));
    [b"VP8X\x0a\0\0\0", &[HAS_XMP | more, 0, 0, 0, w0, w1, w2, h0, h1, h2][..]].concat()
}

/// A chunk with this in it, and filled up to an even length.
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding: &[u8] = if content.len().is_multiple_of(2) { &[] } else { &[0] };
    [&name[..], &size, content, padding].concat()
}
