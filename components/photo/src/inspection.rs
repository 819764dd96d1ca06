//! A photo checked, measured and hashed while its bytes pass.

use sha2::{Digest, Sha256};

use crate::header::Header;
use crate::{Format, PHOTO_BYTES_MAX, PHOTO_PIXELS_MAX, Problem};

/// The short side from which a photo is good to train on, in pixels. Smaller ones are taken, with a warning.
pub const SHORT_SIDE_MIN_PX: u32 = 512;

/// Checks a size that is known before the bytes are, as from a `Content-Length`.
///
/// # Errors
/// [`Problem::TooLarge`], with that size.
pub fn check_size(size_bytes: u64) -> Result<(), Problem> {
    if size_bytes > u64::from(PHOTO_BYTES_MAX) {
        return Err(Problem::TooLarge { size_bytes });
    }
    Ok(())
}

/// A photo on its way: fed with chunks of any size, in a few kilobytes of memory.
#[derive(Debug, Default, Clone)]
pub struct Inspection {
    size_bytes: u32,
    crc32: crc32fast::Hasher,
    sha256: Sha256,
    header: Header,
}

/// What is known of a whole photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Its format, by its first bytes.
    pub format: Format,
    /// Its width in pixels, by its header.
    pub width: u32,
    /// Its height in pixels, by its header.
    pub height: u32,
    /// Its size.
    pub size_bytes: u32,
    /// Its CRC-32, as a zip wants it.
    pub crc32: u32,
    /// Its SHA-256: equal photos have equal ones.
    pub sha256: [u8; 32],
}

impl Inspection {
    /// Begins with no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As soon as the bytes so far cannot be the beginning of an acceptable photo: too many of them, or the first ones
    /// of no known format. There is no use in fetching the rest, and [`Self::finish`] would refuse it too.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        self.size_bytes = self.size_bytes.saturating_add(u32::try_from(chunk.len()).unwrap_or(u32::MAX));
        if self.size_bytes > PHOTO_BYTES_MAX {
            return Err(Problem::Endless);
        }
        self.crc32.update(chunk);
        self.sha256.update(chunk);
        self.header.push(chunk)
    }

    /// Says what the photo is, after its last byte.
    ///
    /// # Errors
    /// What makes it unacceptable.
    pub fn finish(self) -> Result<Facts, Problem> {
        match self.size_bytes {
            0 => return Err(Problem::Empty),
            1..=PHOTO_BYTES_MAX => {}
            _ => return Err(Problem::Endless),
        }
        let (format, width, height) = self.header.finish()?;
        if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
            return Err(Problem::TooManyPixels { width, height });
        }
        Ok(Facts {
            format,
            width,
            height,
            size_bytes: self.size_bytes,
            crc32: self.crc32.finalize(),
            sha256: self.sha256.finalize().into(),
        })
    }
}

impl Facts {
    /// The shorter of width and height, in pixels: to be compared with [`SHORT_SIDE_MIN_PX`].
    pub fn short_side(&self) -> u32 {
        self.width.min(self.height)
    }
}

#[cfg(test)]
mod tests;
