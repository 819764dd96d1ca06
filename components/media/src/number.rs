//! Numbers in headers.

/// Reads a big-endian number of up to eight bytes.
pub(crate) fn big(bytes: &[u8], from: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(from..from.checked_add(count)?)?;
    (count <= 8).then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// Reads a little-endian number of up to eight bytes.
pub(crate) fn little(bytes: &[u8], from: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(from..from.checked_add(count)?)?;
    (count <= 8).then(|| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// `count` units of which there are `rate` a second, in milliseconds.
pub(crate) fn millis(count: u64, rate: u64) -> Option<u64> {
    let millis = u128::from(count).checked_mul(1_000)?.checked_div(u128::from(rate))?;
    u64::try_from(millis).ok()
}
