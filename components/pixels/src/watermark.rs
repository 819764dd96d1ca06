//! A picture with a text in its corner.

use domain::{Media, Watermark};

use crate::limits::{MEMORY_BYTES_MAX, REWRITTEN_BYTES_MAX};
use crate::orientation::Orientation;
use crate::photo::Photo;
use crate::stamp::Stamp;
use crate::unmarkable::Unmarkable;
use crate::{jpeg, png, webp};

/// The same picture with a text in its lower right corner: light signs on a darkened box, about 1/40 of its short side high and 7 pixels at
/// least. A JPEG stays a JPEG (quality 92), a PNG a PNG (of 8 bits a sample), a WebP a WebP (without loss); what else the file says is left
/// out, but its colours' profile. The same bytes come out every time.
///
/// # Errors
/// Why that cannot be done. It is known before anything is decoded whether there is enough memory: [`MEMORY_BYTES_MAX`] beside the picture and
/// what comes out.
pub fn watermark(bytes: &[u8], watermark: &Watermark) -> Result<Vec<u8>, Unmarkable> {
    let bytes_max = u64::try_from(REWRITTEN_BYTES_MAX).unwrap_or(u64::MAX);
    let picture = Photo::read(bytes, bytes_max, u32::MAX).map_err(|error| match error {
        media::Error::TooLarge { .. } => Unmarkable::TooManyBytes,
        error => Unmarkable::Unreadable(error.into()),
    })?;
    let Photo { media, width, height, header } = picture;
    if header.is_animated {
        return Err(Unmarkable::Animated);
    }
    let stamp = Stamp::new(watermark, width, height).ok_or(Unmarkable::TooSmall { width, height })?;
    let written_bytes = match media {
        Media::Png if header.is_interlaced => picture.pixels().saturating_mul(png::SAMPLES_MAX),
        Media::Webp => picture.pixels().saturating_mul(webp::SAMPLES + webp::ENCODED_BYTES),
        _ => 0,
    };
    let needed = header.memory_bytes.ok_or(Unmarkable::Undecoded)?;
    if picture.memory_bytes().is_none() || needed.saturating_add(written_bytes) > MEMORY_BYTES_MAX {
        return Err(Unmarkable::TooLarge { width, height });
    }
    match media {
        Media::Png => png::stamped(bytes, width, height, &stamp),
        Media::Jpeg => {
            let mut raster = jpeg::raster(bytes, width, height, u32::MAX)?.ok_or(Unmarkable::Undecoded)?;
            stamp.stamp(&mut raster);
            raster.jpeg(Orientation::Upright).ok_or(Unmarkable::TooManyBytes)
        }
        _ => {
            let mut raster = webp::raster(bytes, width, height)?.ok_or(Unmarkable::Undecoded)?;
            stamp.stamp(&mut raster);
            webp::lossless(raster).ok_or(Unmarkable::TooManyBytes)
        }
    }
}
