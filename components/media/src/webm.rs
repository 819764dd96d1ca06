//! `WebM` files: elements in elements, of which one says how long the film is.

use crate::number::big;

const HEADER: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const SCALE: u64 = 0x002a_d7b1;
const DURATION: u64 = 0x4489;
/// Nanoseconds of a tick, where the file does not say otherwise.
const SCALE_DEFAULT: u64 = 1_000_000;
/// Longest film that is believed, in milliseconds: a year.
const MILLIS_MAX: f64 = 365.0 * 24.0 * 3_600_000.0;

/// How long the film is, from the first bytes of its file.
pub(crate) fn duration(head: &[u8]) -> Option<u64> {
    let mut rest = head;
    let (mut scale, mut ticks) = (SCALE_DEFAULT, None);
    // What is in the segment and in its information is read as if it stood outside: no other element has those ids.
    while let Some((id, size, length)) = element(rest) {
        let content = rest.get(length..)?;
        match id {
            SEGMENT | INFO => {
                rest = content;
                continue;
            }
            SCALE => scale = big(content, 0, usize::try_from(size?).ok()?)?,
            DURATION => ticks = Some(float(content, size?)?),
            HEADER => {}
            _ if ticks.is_some() => break,
            _ => {}
        }
        let Some(next) = usize::try_from(size?).ok().and_then(|size| content.get(size..)) else { break };
        rest = next;
    }
    #[expect(clippy::cast_precision_loss, reason = "a scale is a small number, and a wrong one is a wrong length")]
    let millis = ticks? * scale as f64 / 1e6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to a year")]
    (0.0..=MILLIS_MAX).contains(&millis).then(|| millis.round() as u64)
}

/// An element's id, its size where that is known, and how long its head is.
fn element(bytes: &[u8]) -> Option<(u64, Option<u64>, usize)> {
    let id_length = length(*bytes.first()?, 4)?;
    let id = big(bytes, 0, id_length)?;
    let first = *bytes.get(id_length)?;
    let size_length = length(first, 8)?;
    let marked = big(bytes, id_length, size_length)?;
    let mask = (1_u64 << (7 * size_length)).wrapping_sub(1);
    let size = marked & mask;
    Some((id, (size != mask).then_some(size), id_length + size_length))
}

/// How many bytes a number has that begins with this one.
fn length(first: u8, most: usize) -> Option<usize> {
    let length = usize::try_from(first.leading_zeros()).ok()?.checked_add(1)?;
    (length <= most).then_some(length)
}

fn float(bytes: &[u8], size: u64) -> Option<f64> {
    match size {
        4 => Some(f64::from(f32::from_bits(u32::try_from(big(bytes, 0, 4)?).ok()?))),
        8 => Some(f64::from_bits(big(bytes, 0, 8)?)),
        _ => None,
    }
}
