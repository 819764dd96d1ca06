//! What a photo has to be to be trained on: checked and measured while its bytes pass. It is followed to its end, so that one that is
//! cut off is found out before a training is paid for.

mod by_format;
mod clean;
mod cleaning;
mod error;
pub mod exif;
pub(crate) mod held;
mod intake;
pub(crate) mod pieces;
#[cfg(test)]
mod tests;
mod whole;

use domain::{Format, Media};
use whole::{Flaw, Whole};

pub use cleaning::Cleaning;
pub use error::{Error, PHOTO_BYTES_MAX, PHOTO_PIXELS_MAX};
pub use intake::{Intake, Taken};

/// The short side from which a photo is good to train on, in pixels. Smaller ones are taken, with a warning.
pub const SHORT_SIDE_MIN_PX: u32 = 512;

/// Checks a size that is known before the bytes are, as from a `Content-Length`.
///
/// # Errors
/// [`Error::TooLarge`], with that size.
pub fn check_size(size_bytes: u64) -> Result<(), Error> {
    if size_bytes > u64::from(PHOTO_BYTES_MAX) {
        return Err(Error::TooLarge { size_bytes });
    }
    Ok(())
}

/// A photo on its way: fed with chunks of any size, in a few kilobytes of memory.
#[derive(Debug, Clone)]
pub struct Inspection {
    file: crate::Inspection,
    whole: Whole,
}

/// What is known of a whole photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Its format, by its first bytes.
    pub format: Format,
    /// Its width in pixels, by its header.
    pub width: u32,
    /// Its height in pixels, by its header.
    pub height: u32,
    /// Its size.
    pub size_bytes: u32,
}

impl Default for Inspection {
    fn default() -> Self {
        Self::new()
    }
}

impl Inspection {
    /// Begins with no bytes.
    pub fn new() -> Self {
        Self { file: crate::Inspection::new(PHOTO_BYTES_MAX.into()), whole: Whole::new() }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As soon as the bytes so far cannot be the beginning of an acceptable photo: too many of them, or the first ones
    /// of no known format. There is no use in fetching the rest, and [`Self::finish`] would refuse it too.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.file.push(chunk)?;
        if self.file.media().is_some_and(|media| media.format().is_none()) {
            return Err(Error::UnknownFormat);
        }
        self.whole.push(chunk, self.file.media());
        Ok(())
    }

    /// What it is, once its first bytes have passed.
    const fn media(&self) -> Option<Media> {
        self.file.media()
    }

    /// Says what the photo is, after its last byte.
    ///
    /// # Errors
    /// What makes it unacceptable.
    pub fn finish(self) -> Result<Metadata, Error> {
        let crate::Metadata { media, size_bytes, pixels, .. } = self.file.finish()?;
        let format = media.format().ok_or(Error::UnknownFormat)?;
        let (width, height) = pixels.ok_or(Error::UnreadableHeader)?;
        if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
            return Err(Error::TooManyPixels { width, height });
        }
        self.whole.finish().map_err(|flaw| match flaw {
            Flaw::CutOff => Error::CutOff,
            Flaw::NoPicture => Error::NoPicture,
            Flaw::Damaged => Error::Damaged,
        })?;
        Ok(Metadata { format, width, height, size_bytes })
    }
}

impl Metadata {
    /// The shorter of width and height, in pixels: to be compared with [`SHORT_SIDE_MIN_PX`].
    pub fn short_side(&self) -> u32 {
        self.width.min(self.height)
    }
}
