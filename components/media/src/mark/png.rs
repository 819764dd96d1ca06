//! A PNG, from chunk to chunk (ISO/IEC 15948, 5.3): the packet is a text behind the header (ISO 16684-3, 1.1.4), and a manifest a chunk behind that.

use super::addition::Addition;
use super::packet::PACKET;
use crate::photo::held::{give, zeros};
use crate::photo::pieces::{len, take};

/// What one begins with: its signature, and its header's length and name.
pub(super) const MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
/// Bytes of signature and header.
const START_BYTES: u64 = 33;
/// Bytes of the checksum behind a chunk.
const CHECKSUM_BYTES: u64 = 4;

/// What a text is called that is XMP.
const XMP: &[u8] = b"XML:com.adobe.xmp\0";
/// What `ImageMagick` calls it.
const RAW_XMP: &[u8] = b"Raw profile type xmp\0";
/// What a chunk is called that is a manifest.
const MANIFEST: &[u8; 4] = b"caBX";
/// What a chunk is called that was emptied. By its letters it may be passed over, is nobody's, and may be copied.
const BLANK: [u8; 4] = *b"blNk";

/// Marks a PNG.
#[derive(Debug, Clone)]
pub(super) struct Png {
    place: Place,
    pub(super) addition: Addition,
}

#[derive(Debug, Clone)]
enum Place {
    /// In signature and header, of which so many bytes are left.
    Start(u64),
    /// At the beginning of a chunk, with what there is of that.
    Head(Vec<u8>),
    /// In a chunk that is kept, of which so many bytes are left, its checksum among them.
    Kept(u64),
    /// In one that is emptied, of which so many bytes are left, and what its checksum is to be.
    Emptied(u64, crc32fast::Hasher),
    /// At the checksum of that one, of which these bytes are left.
    Checksum(Vec<u8>),
    /// Behind the last one.
    Over,
}

impl Png {
    /// One that gets this manifest, where it is not empty.
    pub(super) fn new(manifest: &[u8]) -> Self {
        // Not compressed, in no language.
        let mark = chunk(*b"iTXt", &[XMP, &[0; 4], PACKET.as_bytes()].concat());
        let manifest = if manifest.is_empty() { Vec::new() } else { chunk(*MANIFEST, manifest) };
        Self { place: Place::Start(START_BYTES), addition: Addition::new(&mark, &manifest) }
    }

    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Start(left) => {
                    give(take(&mut rest, left), true, out);
                    if *left == 0 {
                        self.addition.give(out);
                        self.place = Place::Head(Vec::new());
                    }
                }
                Place::Head(head) => {
                    let Some((byte, after)) = rest.split_first() else { return };
                    head.push(*byte);
                    rest = after;
                    self.look(out);
                }
                Place::Kept(left) => give(take(&mut rest, left), true, out),
                Place::Emptied(left, crc32) => {
                    let begun = out.len();
                    give(take(&mut rest, left), false, out);
                    crc32.update(out.get(begun..).unwrap_or_default());
                }
                Place::Checksum(anew) => {
                    let mut left = len(anew.len());
                    let passed = take(&mut rest, &mut left).len();
                    out.extend(anew.drain(..passed.min(anew.len())));
                }
                Place::Over => {
                    give(rest, true, out);
                    return;
                }
            }
            self.go_on();
        }
    }

    /// What is left of one that is cut off.
    pub(super) fn rest(&mut self, out: &mut Vec<u8>) {
        self.addition.give(out);
        if let Place::Head(head) = &mut self.place {
            out.append(head);
        }
    }

    fn go_on(&mut self) {
        match &self.place {
            Place::Emptied(0, crc32) => self.place = Place::Checksum(crc32.clone().finalize().to_be_bytes().to_vec()),
            Place::Kept(0) => self.place = Place::Head(Vec::new()),
            Place::Checksum(anew) if anew.is_empty() => self.place = Place::Head(Vec::new()),
            _ => {}
        }
    }

    /// Goes on as soon as the beginning of a chunk says how.
    fn look(&mut self, out: &mut Vec<u8>) {
        let Place::Head(head) = &mut self.place else { return };
        let Some(([a, b, c, d, name @ ..], keyword)) = head.split_first_chunk::<8>() else { return };
        let (length, is_last) = (u32::from_be_bytes([*a, *b, *c, *d]), name == b"IEND");
        let is_text = matches!(name, b"tEXt" | b"zTXt" | b"iTXt");
        let wanted = if is_text { u64::from(length).min(len(RAW_XMP.len())) } else { 0 };
        if len(keyword.len()) < wanted {
            return;
        }
        let left = u64::from(length).saturating_sub(len(keyword.len()));
        let is_xmp = is_text && (keyword.starts_with(XMP) || keyword.starts_with(RAW_XMP));
        if is_xmp || name == MANIFEST && self.addition.has_manifest() {
            let (begun, emptied) = (out.len(), len(keyword.len()));
            give(&length.to_be_bytes(), true, out);
            give(&BLANK, true, out);
            zeros(emptied, out);
            let mut crc32 = crc32fast::Hasher::new();
            crc32.update(out.get(begun.saturating_add(4)..).unwrap_or_default());
            self.place = Place::Emptied(left, crc32);
        } else {
            out.append(head);
            self.place = if is_last { Place::Over } else { Place::Kept(left.saturating_add(CHECKSUM_BYTES)) };
        }
        self.go_on();
    }
}

/// A chunk with this in it.
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let named = [&name, content].concat();
    [&length[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}
