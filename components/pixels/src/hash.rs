//! By what a copy of a picture is known that was saved anew.

use domain::PerceptualHash;

use crate::look::look;

/// The least steps of luma between the darkest and the lightest parts of a picture: with less there is nothing in it to know it by.
const CONTRAST_MIN: u8 = 16;

/// What a picture looks like, its whole bytes given. Nothing where [`look`] does not decode it, or where it is all of one tone.
pub fn perceptual_hash(bytes: &[u8]) -> Option<PerceptualHash> {
    let picture = look(bytes).ok()?.picture?;
    let has_contrast = picture.bright.saturating_sub(picture.dark) >= CONTRAST_MIN;
    has_contrast.then(|| PerceptualHash::new(picture.hash))
}
