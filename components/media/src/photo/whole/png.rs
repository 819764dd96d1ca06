//! A PNG, from chunk to chunk (ISO/IEC 15948, 5.3): each is what its checksum says, some are the picture, and the last one is the end.

use crate::photo::pieces::{Collected, Flaw, take};

/// Bytes before the first chunk.
const SIGNATURE_BYTES: u64 = 8;
/// Largest chunk that there may be, in bytes.
const CHUNK_BYTES_MAX: u64 = (1 << 31) - 1;

/// Follows a PNG to its last chunk.
#[derive(Debug, Clone)]
pub(crate) struct Png {
    place: Place,
    head: Collected<8>,
    checksum: Collected<4>,
    crc32: crc32fast::Hasher,
    name: [u8; 4],
    has_picture: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the signature, of which so many bytes are left.
    Signature(u64),
    /// At the length and name of a chunk.
    Head,
    /// In its content, of which so many bytes are left.
    Content(u64),
    /// At its checksum.
    Checksum,
    /// Behind the last one.
    Over,
    /// It cannot be followed any further.
    Damaged,
}

impl Default for Png {
    fn default() -> Self {
        Self {
            place: Place::Signature(SIGNATURE_BYTES),
            head: Collected::default(),
            checksum: Collected::default(),
            crc32: crc32fast::Hasher::new(),
            name: [0; 4],
            has_picture: false,
        }
    }
}

impl Png {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Signature(left) => {
                    take(&mut rest, left);
                }
                Place::Head => {
                    let Some([a, b, c, d, name @ ..]) = self.head.take(&mut rest) else { return };
                    self.begin(u32::from_be_bytes([a, b, c, d]).into(), name);
                }
                Place::Content(left) => self.crc32.update(take(&mut rest, left)),
                Place::Checksum => {
                    let Some(checksum) = self.checksum.take(&mut rest) else { return };
                    self.end(u32::from_be_bytes(checksum));
                }
                Place::Over | Place::Damaged => return,
            }
            match self.place {
                Place::Signature(0) => self.place = Place::Head,
                Place::Content(0) => self.place = Place::Checksum,
                _ => {}
            }
        }
    }

    fn begin(&mut self, length: u64, name: [u8; 4]) {
        self.name = name;
        self.crc32 = crc32fast::Hasher::new();
        self.crc32.update(&name);
        self.place = if length > CHUNK_BYTES_MAX { Place::Damaged } else { Place::Content(length) };
    }

    fn end(&mut self, checksum: u32) {
        self.has_picture |= &self.name == b"IDAT";
        self.place = match &self.name {
            _ if std::mem::take(&mut self.crc32).finalize() != checksum => Place::Damaged,
            b"IEND" => Place::Over,
            _ => Place::Head,
        };
    }

    pub(super) const fn finish(&self) -> Result<(), Flaw> {
        match (self.place, self.has_picture) {
            (Place::Damaged, _) => Err(Flaw::Damaged),
            (Place::Over, true) => Ok(()),
            (Place::Over, false) => Err(Flaw::NoPicture),
            _ => Err(Flaw::CutOff),
        }
    }
}
