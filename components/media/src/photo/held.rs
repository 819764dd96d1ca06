//! What every format is rewritten with, as its bytes pass.

use super::pieces::{len, take};

/// Gives so many bytes with nothing in them.
pub(crate) fn zeros(count: u64, out: &mut Vec<u8>) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    out.resize(out.len().saturating_add(count), 0);
}

/// Gives bytes as they are, or as many with nothing in them.
pub(crate) fn give(bytes: &[u8], is_kept: bool, out: &mut Vec<u8>) {
    if is_kept { out.extend_from_slice(bytes) } else { zeros(len(bytes.len()), out) }
}

/// The beginning of a part, held back until there is enough of it to say what is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    missing: u64,
}

impl Held {
    /// Holds back so many bytes.
    pub(crate) const fn until(count: u64) -> Self {
        Self { bytes: Vec::new(), missing: count }
    }

    /// Takes what is missing from the front of `rest`; all of it, once it is there.
    pub(crate) fn take(&mut self, rest: &mut &[u8]) -> Option<Vec<u8>> {
        self.bytes.extend_from_slice(take(rest, &mut self.missing));
        (self.missing == 0).then(|| self.rest())
    }

    /// What there is of it by now, though more was expected.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}
