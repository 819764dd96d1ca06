//! How much is looked at.

/// Most memory that decoding one photo may take, in bytes, beside the photo itself: 48 MiB. A progressive JPEG keeps the coefficients of the
/// whole picture: 36 MB of 12 megapixels as phones store them.
pub const MEMORY_BYTES_MAX: u64 = 48 * MIB;

/// Most pixels of a photo that is looked at: 50 megapixels, as the largest phones' cameras have. It bounds the time, of which a PNG takes the
/// most for each pixel.
pub const PIXELS_MAX: u64 = 50_000_000;

/// The most bytes of a picture that is written anew, and of one that a watermark is written into: 16 MB.
pub const REWRITTEN_BYTES_MAX: usize = 16_000_000;

/// What is there beside what a decoder keeps of the picture, in bytes: its tables, and the reduced picture while it is summed up.
pub(crate) const BASE_BYTES: u64 = 4 * MIB;

/// A mebibyte.
pub(crate) const MIB: u64 = 1024 * 1024;
