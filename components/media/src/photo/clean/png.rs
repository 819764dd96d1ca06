//! A PNG, from chunk to chunk (ISO/IEC 15948, 5.3): those that it is not shown by become chunks that nobody knows, with zeros in them.

use crate::photo::exif::{self, EXIF_BYTES_MAX, ORIENTATION_BYTES};
use crate::photo::held::{Held, give};
use crate::photo::pieces::{Collected, take};

/// Bytes before the first chunk.
const SIGNATURE_BYTES: u64 = 8;
/// Which way up the picture is, among much else.
const EXIF: [u8; 4] = *b"eXIf";
/// What a chunk is called that was emptied. By its letters it may be passed over, is nobody's, and may be copied.
const BLANK: [u8; 4] = *b"blNk";
/// Chunks that say how the picture is shown, beside those that no decoder can do without: its colours, its size, its movements.
const SHOWN_BY: [&[u8; 4]; 15] = [
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"sPLT",
    b"acTL", b"fcTL", b"fdAT",
];

/// Takes out of a PNG what is not its picture.
#[derive(Debug, Clone)]
pub(super) struct Png {
    place: Place,
    head: Collected<8>,
    checksum: Collected<4>,
    held: Held,
    name: [u8; 4],
    /// What a chunk that is not kept has to have as its checksum.
    crc32: Option<crc32fast::Hasher>,
    /// Whether it said where it was taken.
    pub(super) had_place: bool,
    /// Whether it is turned or mirrored only when it is shown.
    pub(super) is_turned: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the signature, of which so many bytes are left.
    Signature(u64),
    /// At the length and name of a chunk.
    Head,
    /// At the beginning of a chunk that is held back, and the bytes behind that.
    Held(u64),
    /// In its content, of which so many bytes are left.
    Content(u64),
    /// At its checksum.
    Checksum,
    /// Behind the last one.
    Over,
}

impl Default for Png {
    fn default() -> Self {
        Self {
            place: Place::Signature(SIGNATURE_BYTES),
            head: Collected::default(),
            checksum: Collected::default(),
            held: Held::default(),
            name: [0; 4],
            crc32: None,
            had_place: false,
            is_turned: false,
        }
    }
}

impl Png {
    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Signature(left) => give(take(&mut rest, left), true, out),
                Place::Head => {
                    let Some([a, b, c, d, name @ ..]) = self.head.take(&mut rest) else { return };
                    self.begin([a, b, c, d], name, out);
                }
                Place::Held(behind) => {
                    let behind = *behind;
                    let Some(mut held) = self.held.take(&mut rest) else { return };
                    self.had_place |= exif::has_place(&held);
                    self.is_turned |= exif::must_stay(&held);
                    exif::reduce(&mut held);
                    self.emptied(&held, out);
                    self.place = Place::Content(behind);
                }
                Place::Content(left) => {
                    let content = take(&mut rest, left);
                    if self.crc32.is_some() {
                        self.emptied(&vec![0; content.len()], out);
                    } else {
                        give(content, true, out);
                    }
                }
                Place::Checksum => {
                    let Some(checksum) = self.checksum.take(&mut rest) else { return };
                    let anew = self.crc32.take().map(|crc32| crc32.finalize().to_be_bytes());
                    give(&anew.unwrap_or(checksum), true, out);
                    self.place = if &self.name == b"IEND" { Place::Over } else { Place::Head };
                }
                Place::Over => {
                    give(rest, false, out);
                    return;
                }
            }
            match self.place {
                Place::Signature(0) => self.place = Place::Head,
                Place::Content(0) => self.place = Place::Checksum,
                _ => {}
            }
        }
    }

    fn begin(&mut self, size: [u8; 4], name: [u8; 4], out: &mut Vec<u8>) {
        let length = u64::from(u32::from_be_bytes(size));
        self.name = name;
        self.place = Place::Content(length);
        let [first, ..] = name;
        if first.is_ascii_uppercase() || SHOWN_BY.contains(&&name) {
            give(&[size, name].concat(), true, out);
            return;
        }
        self.crc32 = Some(crc32fast::Hasher::new());
        give(&size, true, out);
        if name == EXIF && length >= ORIENTATION_BYTES {
            self.emptied(&EXIF, out);
            let hold = length.min(EXIF_BYTES_MAX);
            self.held = Held::until(hold);
            self.place = Place::Held(length.saturating_sub(hold));
        } else {
            self.emptied(&BLANK, out);
        }
    }

    /// Gives bytes of a chunk that is not what it was.
    fn emptied(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if let Some(crc32) = &mut self.crc32 {
            crc32.update(bytes);
        }
        give(bytes, true, out);
    }
}
