//! Why a photo is refused, in the words its sender is told.

/// The most bytes a photo may have: 10 MB.
pub const PHOTO_BYTES_MAX: u32 = 10 * BYTES_PER_MB;

/// The most pixels a photo may have by its header: 100 megapixels. A small file can claim a picture that would take all
/// the memory of whoever decodes it.
pub const PHOTO_PIXELS_MAX: u64 = 100_000_000;

const BYTES_PER_MB: u32 = 1024 * 1024;

/// What is wrong with a photo. Displayed, it goes on from "the photo" or the photo's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no bytes at all.
    #[error("is empty")]
    Empty,
    /// It is known to have more than [`PHOTO_BYTES_MAX`] bytes.
    #[error("is {} MB; the limit is {} MB", megabytes(*.size_bytes), PHOTO_BYTES_MAX / BYTES_PER_MB)]
    TooLarge {
        /// Its size.
        size_bytes: u64,
    },
    /// It went on after [`PHOTO_BYTES_MAX`] bytes; how far is not known.
    #[error("is larger than the limit of {} MB", PHOTO_BYTES_MAX / BYTES_PER_MB)]
    Endless,
    /// Its first bytes are of no format that can be trained on.
    #[error("is not a JPEG, PNG or WebP image")]
    UnknownFormat,
    /// It is of a format that people know, and that cannot be trained on.
    #[error("is {0}; a photo has to be a JPEG, PNG or WebP image")]
    UnusableFormat(&'static str),
    /// Its format is known, but not its dimensions: the header is damaged or cut short.
    #[error("has a header that cannot be read")]
    UnreadableHeader,
    /// Its header claims more than [`PHOTO_PIXELS_MAX`] pixels.
    #[error("is {width} x {height} pixels; the limit is {} megapixels", PHOTO_PIXELS_MAX / 1_000_000)]
    TooManyPixels {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// It ends before its picture does.
    #[error("is cut off: the end of the picture is missing")]
    CutOff,
    /// It has a header, an end, and nothing between them that is a picture.
    #[error("has no picture in it")]
    NoPicture,
    /// Its parts are not what their sizes and checksums say.
    #[error("is damaged: a part of it is not what it says of itself")]
    Damaged,
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Empty => Self::Empty,
            crate::Error::TooLarge { .. } => Self::Endless,
            crate::Error::UnknownType => Self::UnknownFormat,
            crate::Error::UnusableType(name) => Self::UnusableFormat(name),
            crate::Error::UnreadableHeader => Self::UnreadableHeader,
        }
    }
}

/// Megabytes with one decimal, rounded up so that what is over a limit never reads as equal to it.
fn megabytes(size_bytes: u64) -> String {
    let tenths = u128::from(size_bytes).saturating_mul(10).div_ceil(u128::from(BYTES_PER_MB));
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_is_and_what_may_be() {
        let megabytes = |size_bytes| Error::TooLarge { size_bytes }.to_string();
        assert_eq!(megabytes(12_897_484), "is 12.3 MB; the limit is 10 MB");
        assert_eq!(megabytes(u64::from(PHOTO_BYTES_MAX) + 1), "is 10.1 MB; the limit is 10 MB");
        assert_eq!(megabytes(u64::MAX), "is 17592186044416.0 MB; the limit is 10 MB");
        assert_eq!(Error::Endless.to_string(), "is larger than the limit of 10 MB");
        let pixels = Error::TooManyPixels { width: 60_000, height: 60_000 };
        assert_eq!(pixels.to_string(), "is 60000 x 60000 pixels; the limit is 100 megapixels");
    }
}
