//! What a photo or a picture says of itself, before it is decoded.

use domain::Media;
use media::photo::exif;
use media::{Error, Inspection};

use crate::header::Header;
use crate::limits::PIXELS_MAX;
use crate::orientation::Orientation;
use crate::{jpeg, png, webp};

/// What a photo says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Photo<'a> {
    pub(crate) media: Media,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) header: Header<'a>,
}

impl<'a> Photo<'a> {
    /// Reads a file of at most so many bytes, of which the short side is to stay that long, in pixels, if it is a JPEG.
    ///
    /// # Errors
    /// It is no photo, or its header cannot be read.
    pub(crate) fn read(bytes: &'a [u8], bytes_max: u64, short_px: u32) -> Result<Self, Error> {
        let mut inspection = Inspection::new(bytes_max);
        inspection.push(bytes)?;
        let found = inspection.finish()?;
        let header = match found.media {
            Media::Jpeg => jpeg::header(bytes, short_px),
            Media::Png => png::header(bytes),
            Media::Webp => webp::header(bytes),
            _ => return Err(Error::UnknownType),
        };
        let (width, height) = found.pixels.ok_or(Error::UnreadableHeader)?;
        Ok(Self { media: found.media, width, height, header })
    }

    /// How many pixels it has.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width).saturating_mul(self.height.into())
    }

    /// Most memory that decoding it takes, in bytes, beside the decoded picture of a PNG or WebP; nothing where it is not decoded.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        self.header.memory_bytes.filter(|_| self.pixels() <= PIXELS_MAX)
    }

    /// Which way up it is shown.
    pub(crate) fn orientation(&self) -> Orientation {
        self.header.exif.and_then(exif::orientation).map_or(Orientation::Upright, Orientation::new)
    }
}
