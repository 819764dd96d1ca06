//! One photo, looked at.

use domain::Media;
use media::photo::{Error, PHOTO_BYTES_MAX, exif};
use serde::{Deserialize, Serialize};

use crate::jpeg::LOOKED_AT_PX;
use crate::limits::MEMORY_BYTES_MAX;
use crate::orientation::Orientation;
use crate::photo::Photo;
use crate::picture::Picture;
use crate::{jpeg, png, webp};

/// What there is to know of a photo as a picture to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Its width in pixels, as stored.
    pub width: u32,
    /// Its height in pixels, as stored.
    pub height: u32,
    /// Whether it is shown as it is stored, neither turned nor mirrored by its Exif data.
    pub is_upright: bool,
    /// Whether its Exif data tell where it was taken.
    pub has_place: bool,
    /// How it looks; nothing where that would have taken too much memory or time, or it is of a kind that is not decoded.
    pub picture: Option<Picture>,
}

/// Looks at a whole photo, its bytes as they came: its Exif data are read as well.
///
/// # Errors
/// What makes it unacceptable: it is no photo, is cut off, or is damaged.
pub fn look(bytes: &[u8]) -> Result<Look, Error> {
    let photo = Photo::read(bytes, PHOTO_BYTES_MAX.into(), LOOKED_AT_PX)?;
    let Photo { media, width, height, header } = photo;
    let is_looked_at = photo.memory_bytes().is_some_and(|bytes| bytes <= MEMORY_BYTES_MAX);
    let thumb = match media {
        _ if !is_looked_at => None,
        Media::Jpeg => jpeg::decode(bytes, width, height)?,
        Media::Png => png::decode(bytes, width, height)?,
        _ => webp::decode(bytes, width, height)?,
    };
    let is_upright = photo.orientation() == Orientation::Upright;
    let has_place = header.exif.is_some_and(exif::has_place);
    Ok(Look { width, height, is_upright, has_place, picture: thumb.as_ref().map(Picture::of) })
}

/// Most memory that [`look`] takes for a photo, in bytes, beside the photo itself; nothing where it does not decode that photo. Above
/// [`MEMORY_BYTES_MAX`] it does not either. Outside of Wasm the JPEG decoder has a thread of its own, which keeps some more where it is behind.
///
/// # Errors
/// It is no photo, or its header cannot be read.
pub fn memory_needed(bytes: &[u8]) -> Result<Option<u64>, Error> {
    Ok(Photo::read(bytes, PHOTO_BYTES_MAX.into(), LOOKED_AT_PX)?.memory_bytes())
}
