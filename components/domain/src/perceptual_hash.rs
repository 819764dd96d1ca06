//! What a picture looks like, in 64 bits: of pictures that look alike, few bits differ.

use serde::{Deserialize, Serialize};

/// The most bits that differ in a picture and a copy of it that was saved anew. Saved as JPEG at quality 30 and more, as PNG or WebP, or scaled
/// down to a quarter, 0 or 2 bits of portraits differ; of the same moment in other light, 4. As it is less than there are [`BANDS`], at least
/// one band of the two is the same.
const ALIKE_BITS_MAX: u32 = 3;
/// Into how many bands the bits are cut, to be found by.
pub const BANDS: usize = 4;

/// A perceptual hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerceptualHash(u64);

impl PerceptualHash {
    /// One of these bits.
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// How many bits differ, from 0 to 64.
    pub const fn differs_by(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// Whether the other picture may be a copy of this one.
    pub const fn is_alike(self, other: Self) -> bool {
        self.differs_by(other) <= ALIKE_BITS_MAX
    }

    /// Its bands, from the lowest bits up.
    pub fn bands(self) -> [u16; BANDS] {
        [0, 16, 32, 48].map(|shift| u16::try_from((self.0 >> shift) & 0xffff).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_bits_may_differ_and_no_more() {
        let hash = PerceptualHash::new(0x0123_4567_89ab_cdef);
        assert_eq!(hash.bands(), [0xcdef, 0x89ab, 0x4567, 0x0123]);
        assert!(hash.is_alike(PerceptualHash::new(0x8123_4567_89ab_cdee)));
        assert!(hash.is_alike(PerceptualHash::new(0x8123_c567_89ab_cdee)));
        assert!(!hash.is_alike(PerceptualHash::new(0x8123_c567_89ab_cdec)));
    }

    proptest! {
        #[test]
        fn what_is_alike_has_a_band_in_common(bits: u64, flipped in proptest::collection::vec(0..64_u32, 0..4)) {
            let (hash, other) = (PerceptualHash::new(bits), flipped.iter().fold(bits, |bits, bit| bits ^ (1 << bit)));
            let other = PerceptualHash::new(other);
            prop_assert!(hash.is_alike(other));
            prop_assert!(hash.bands().iter().zip(other.bands()).any(|(one, other)| *one == other));
        }
    }
}
