//! Why there is no text in a picture's corner.

use media::photo;

use crate::limits::REWRITTEN_BYTES_MAX;

/// Why a picture cannot be given a watermark. Displayed, it goes on from "the picture".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmarkable {
    /// It has more than [`REWRITTEN_BYTES_MAX`] bytes, or would have with it.
    #[error("is larger than {} MB, or would be with it", REWRITTEN_BYTES_MAX / 1_000_000)]
    TooManyBytes,
    /// Decoding it would take more than [`crate::MEMORY_BYTES_MAX`].
    #[error("is {width} x {height} pixels, which takes more memory to decode than there is")]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// The text has no room in it.
    #[error("is {width} x {height} pixels, in which there is no room for it")]
    TooSmall {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// It moves: which of its pictures is meant?
    #[error("is animated")]
    Animated,
    /// It is of a kind that is not decoded.
    #[error("is a WebP without loss or with transparent parts, or a JPEG of a rare kind; these are not decoded")]
    Undecoded,
    /// It is no picture, is cut off, or is damaged.
    #[error(transparent)]
    Unreadable(#[from] photo::Error),
}
