//! Random bytes.

/// As many as are wanted.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bits = [0; N];
    rand::fill(&mut bits);
    bits
}
