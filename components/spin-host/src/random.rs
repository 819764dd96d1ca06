//! Random bytes, as the host has them.

use spin_sdk::wasip3::random::random::get_random_bytes;

/// As many as are asked for.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bits = [0; N];
    let length = u64::try_from(N).unwrap_or(u64::MAX);
    bits.iter_mut().zip(get_random_bytes(length)).for_each(|(bit, random)| *bit = random);
    bits
}
