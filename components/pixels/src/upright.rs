//! A photo, turned the way it is shown.

use domain::Media;
use media::photo::{Error, PHOTO_BYTES_MAX};

use crate::limits::MEMORY_BYTES_MAX;
use crate::orientation::Orientation;
use crate::photo::Photo;
use crate::{jpeg, png, webp};

/// How long the short side of a turned JPEG stays, in pixels, where it was as long: trainers use no more.
const SHORT_PX: u32 = 1024;

/// A photo that is stored turned or mirrored, as the JPEG that it is shown as, without Exif data. A JPEG is decoded at the smallest scale that
/// leaves its short side 1,024 pixels. Nothing where it is upright already, would take more than [`MEMORY_BYTES_MAX`] beside itself and what
/// comes out, or is of a kind that is not decoded: a WebP without loss, with alpha or animated, a JPEG of a rare kind.
///
/// # Errors
/// What makes it unacceptable: it is no photo, is cut off, or is damaged.
pub fn upright(bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let photo = Photo::read(bytes, PHOTO_BYTES_MAX.into(), SHORT_PX)?;
    let orientation = photo.orientation();
    let decoded_bytes = match photo.media {
        Media::Png => photo.pixels().saturating_mul(png::SAMPLES_MAX),
        Media::Webp => photo.pixels().saturating_mul(webp::SAMPLES),
        _ => 0,
    };
    let has_room = photo.memory_bytes().is_some_and(|bytes| bytes.saturating_add(decoded_bytes) <= MEMORY_BYTES_MAX);
    if orientation == Orientation::Upright || !has_room {
        return Ok(None);
    }
    let raster = match photo.media {
        Media::Jpeg => jpeg::raster(bytes, photo.width, photo.height, SHORT_PX)?,
        Media::Png => png::raster(bytes, photo.width, photo.height)?,
        _ => webp::raster(bytes, photo.width, photo.height)?,
    };
    Ok(raster.and_then(|mut raster| raster.jpeg(orientation)))
}
