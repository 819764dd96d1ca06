//! What all formats are cleaned with.

use crate::photo::pieces::{len, take};

/// How much of Exif data is looked at for the orientation, in bytes: as much as a JPEG can have in one segment.
pub(super) const EXIF_BYTES_MAX: u64 = 64 * 1024;

/// Gives so many bytes with nothing in them.
pub(super) fn zeros(count: u64, out: &mut Vec<u8>) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    out.resize(out.len().saturating_add(count), 0);
}

/// Gives bytes as they are, or as many with nothing in them.
pub(super) fn give(bytes: &[u8], is_kept: bool, out: &mut Vec<u8>) {
    if is_kept { out.extend_from_slice(bytes) } else { zeros(len(bytes.len()), out) }
}

/// The beginning of a part, held back until there is enough of it to say what is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    missing: u64,
}

impl Held {
    /// Holds back so many bytes.
    pub(super) const fn until(count: u64) -> Self {
        Self { bytes: Vec::new(), missing: count }
    }

    /// Takes what is missing from the front of `rest`; all of it, once it is there.
    pub(super) fn take(&mut self, rest: &mut &[u8]) -> Option<Vec<u8>> {
        self.bytes.extend_from_slice(take(rest, &mut self.missing));
        (self.missing == 0).then(|| std::mem::take(&mut self.bytes))
    }
}
