//! `WebM` files: elements in elements, of which one says how long the film is, and others when they begin.

use crate::number::big;

const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const SCALE: u64 = 0x002a_d7b1;
const DURATION: u64 = 0x4489;
const CLUSTER: u64 = 0x1f43_b675;
const TIMESTAMP: u64 = 0xe7;
/// Nanoseconds of a tick, where the file does not say otherwise.
const SCALE_DEFAULT: u64 = 1_000_000;
/// Longest film that is believed, in milliseconds: a year.
const MILLIS_MAX: f64 = 365.0 * 24.0 * 3_600_000.0;
/// The most bytes of an element's id and size.
const HEAD_BYTES_MAX: usize = 12;
/// How much of an element is looked into.
const CONTENT_BYTES: usize = 64;

/// What is known of a film, from the elements that were seen.
#[derive(Debug, Clone)]
pub(crate) struct Film {
    scale: u64,
    /// How long it says it is, in ticks.
    ticks: Option<f64>,
    /// When the last cluster begins that was seen, in ticks.
    begun: u64,
}

impl Default for Film {
    fn default() -> Self {
        Self { scale: SCALE_DEFAULT, ticks: None, begun: 0 }
    }
}

impl Film {
    /// Reads what is there, from this place on; where to go on, or nothing where there is no more to be found: at a cluster, too, that does not
    /// say how large it is.
    pub(crate) fn read(&mut self, from: u64, bytes: &[u8]) -> Option<u64> {
        let mut at = from;
        loop {
            let rest = usize::try_from(at.checked_sub(from)?).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            let Some((id, size, length)) = element(rest) else {
                return (rest.len() < HEAD_BYTES_MAX).then_some(at);
            };
            let content = rest.get(length..)?;
            let begin = at.checked_add(u64::try_from(length).ok()?)?;
            // What is in the segment and in its information is read as if it stood outside: no other element has those ids.
            if matches!(id, SEGMENT | INFO) {
                at = begin;
                continue;
            }
            let size = size?;
            let is_read = matches!(id, SCALE | DURATION | CLUSTER);
            if is_read && content.len() < usize::try_from(size).unwrap_or(usize::MAX).min(CONTENT_BYTES) {
                return Some(at);
            }
            match id {
                SCALE => self.scale = big(content, 0, usize::try_from(size).ok()?)?,
                DURATION => self.ticks = Some(float(content, size)?),
                CLUSTER => self.begun = self.begun.max(timestamp(content).unwrap_or_default()),
                _ => {}
            }
            at = begin.checked_add(size)?;
        }
    }

    /// How long the film is: what it says, and no less than when its last cluster begins.
    pub(crate) fn millis(&self) -> Option<u64> {
        #[expect(clippy::cast_precision_loss, reason = "a scale is a small number, and a wrong one is a wrong length")]
        let millis = self.ticks?.max(self.begun as f64) * self.scale as f64 / 1e6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to a year")]
        (0.0..=MILLIS_MAX).contains(&millis).then(|| millis.round() as u64)
    }
}

/// When a cluster begins, in ticks: one of its first elements says it.
fn timestamp(cluster: &[u8]) -> Option<u64> {
    let mut rest = cluster.get(..CONTENT_BYTES).unwrap_or(cluster);
    loop {
        let (id, size, length) = element(rest)?;
        let (content, size) = (rest.get(length..)?, usize::try_from(size?).ok()?);
        if id == TIMESTAMP {
            return big(content, 0, size);
        }
        rest = content.get(size..)?;
    }
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
