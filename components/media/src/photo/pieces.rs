//! What all formats are followed with.

/// What is wrong with a photo whose header is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It ends before its end.
    CutOff,
    /// It has a header and nothing to it.
    NoPicture,
    /// Its parts are not what they say.
    Damaged,
}

/// The first bytes of something, collected over several pieces until there are so many.
#[derive(Debug, Clone)]
pub(crate) struct Collected<const N: usize> {
    bytes: [u8; N],
    count: usize,
}

impl<const N: usize> Default for Collected<N> {
    fn default() -> Self {
        Self { bytes: [0; N], count: 0 }
    }
}

impl<const N: usize> Collected<N> {
    /// Takes what is missing from the front of `rest`; all of it, once it is there, and then begins anew.
    pub(crate) fn take(&mut self, rest: &mut &[u8]) -> Option<[u8; N]> {
        for place in self.bytes.iter_mut().skip(self.count) {
            let (first, after) = rest.split_first()?;
            *place = *first;
            *rest = after;
            self.count = self.count.saturating_add(1);
        }
        self.count = 0;
        Some(self.bytes)
    }
}

/// Takes at most `left` bytes from the front of `rest`.
pub(crate) fn take<'a>(rest: &mut &'a [u8], left: &mut u64) -> &'a [u8] {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
    let (taken, after) = rest.split_at(count);
    *rest = after;
    *left = left.saturating_sub(len(count));
    taken
}

/// A number of bytes.
pub(crate) fn len(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
