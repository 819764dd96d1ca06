//! How long sounds play, from their headers.

use crate::number::{big, little, millis};

/// A WAV file: what its data would take at the rate its format chunk names. Where the size of the file is not known, its word counts.
pub(crate) fn wav(head: &[u8], total: Option<u64>) -> Option<u64> {
    let (mut at, mut byte_rate) = (12_usize, None);
    loop {
        let (name, size) = (head.get(at..at.checked_add(4)?)?, little(head, at.checked_add(4)?, 4)?);
        let content = at.checked_add(8)?;
        match name {
            // Whoever plays it goes by its samples, which may say something else than its bytes: the longer counts.
            b"fmt " => {
                let number = |at: usize, count| little(head, content.checked_add(at)?, count);
                let of_samples = number(4, 4)?.saturating_mul(number(12, 2)?);
                byte_rate = Some(number(8, 4)?.min(of_samples)).filter(|rate| *rate > 0);
            }
            // One that is being written says that it has no end.
            b"data" => {
                let begin = u64::try_from(content).ok()?;
                let there = total.map_or(size, |total| size.min(total.saturating_sub(begin)));
                return millis(there, byte_rate?);
            }
            _ => {}
        }
        // Chunks begin at even places.
        at = content.checked_add(usize::try_from(size.checked_add(size % 2)?).ok()?)?;
    }
}

/// A FLAC file: samples and their rate stand in its first block.
pub(crate) fn flac(head: &[u8]) -> Option<u64> {
    // Rate (20 bits), channels (3), bits a sample (5), samples (36).
    let packed = big(head, 18, 8)?;
    let (rate, samples) = (packed >> 44, packed & ((1 << 36) - 1));
    if samples == 0 { None } else { millis(samples, rate) }
}

/// Where the sound of an MP3 file begins: after the tag, if there is one.
pub(crate) fn mp3_begin(head: &[u8]) -> u64 {
    if !head.starts_with(b"ID3") {
        return 0;
    }
    // Seven bits a byte; the header of ten bytes is not counted, nor the footer that a flag announces.
    let size = head.get(6..10).map_or(0, |bytes| bytes.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f)));
    let footer = if head.get(5).is_some_and(|flags| flags & 0x10 != 0) { 10 } else { 0 };
    size.saturating_add(10).saturating_add(footer)
}

/// Bytes a second of the highest rate of layer III, 320 kbit/s.
const HIGHEST_BYTES_PER_SECOND: u64 = 40_000;
/// How much a tag at the end of a file may look like, in milliseconds at that rate, without counting.
const PADDING_MILLIS_MAX: u64 = 1_000;
const BITRATES_V1: [u64; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const BITRATES_V2: [u64; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const RATES_V1: [u64; 4] = [44_100, 48_000, 32_000, 0];

/// An MP3 file, from its first frame: the frames that are counted in it, or as long as its bytes take at the frame's rate, where their number is
/// known.
pub(crate) fn mp3(frame: &[u8], sound_bytes: Option<u64>) -> Option<u64> {
    let header = big(frame, 0, 4)?;
    if header >> 21 != 0x7ff || (header >> 17) & 3 != 1 {
        return None;
    }
    let (version, mono) = ((header >> 19) & 3, (header >> 6) & 3 == 3);
    let index = |bits: u64| usize::try_from(bits).ok();
    let is_v1 = version == 3;
    let bitrates = if is_v1 { BITRATES_V1 } else { BITRATES_V2 };
    let kilobits = bitrates.get(index((header >> 12) & 15)?).copied()?;
    let rate = RATES_V1.get(index((header >> 10) & 3)?).copied()?
        / if is_v1 { 1 } else { 2 }
        / if version == 0 { 2 } else { 1 };
    let samples = if is_v1 { 1_152 } else { 576 };
    let side_info = match (is_v1, mono) {
        (true, false) => 36,
        (true, true) | (false, false) => 21,
        (false, true) => 13,
    };
    if matches!(frame.get(side_info..side_info + 4), Some(b"Xing" | b"Info")) && big(frame, side_info + 4, 4)? & 1 == 1
    {
        let counted = millis(big(frame, side_info + 8, 4)?.checked_mul(samples)?, rate)?;
        // No frames take more than the highest rate there is.
        let least = sound_bytes.and_then(|bytes| millis(bytes, HIGHEST_BYTES_PER_SECOND)).unwrap_or_default();
        return Some(counted.max(least.saturating_sub(PADDING_MILLIS_MAX)));
    }
    millis(sound_bytes?, kilobits.checked_mul(125)?)
}

const AAC_RATES: [u64; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// Samples of a block of AAC.
const AAC_SAMPLES: u64 = 1_024;

/// An AAC file of bare frames (ADTS): as long as all of its bytes take at the rate of its first frames.
pub(crate) fn aac(head: &[u8]) -> Option<Average> {
    let (mut at, mut samples, mut rate) = (0_usize, 0_u64, None);
    while let Some(frame) = at.checked_add(7).and_then(|end| head.get(at..end)) {
        let bits = big(frame, 0, 7)?;
        let length = usize::try_from(bits >> 13 & 0x1fff).ok()?;
        if bits >> 44 != 0xfff || length < 7 {
            return None;
        }
        let this = AAC_RATES.get(usize::try_from(bits >> 34 & 0xf).ok()?)?;
        rate = rate.or(Some(*this));
        let end = at.checked_add(length)?;
        if end > head.len() && samples > 0 {
            break;
        }
        samples = samples.checked_add(AAC_SAMPLES.checked_mul((bits & 3).saturating_add(1))?)?;
        at = end;
    }
    Some(Average { millis: millis(samples, rate?)?, bytes: u64::try_from(at).ok()? })
}

/// How long some bytes of a file play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Average {
    millis: u64,
    bytes: u64,
}

impl Average {
    /// How long so many bytes play then.
    pub(crate) fn of(self, bytes: u64) -> Option<u64> {
        let millis = u128::from(bytes).checked_mul(self.millis.into())?.checked_div(self.bytes.into())?;
        u64::try_from(millis).ok()
    }
}
