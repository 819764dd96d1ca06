//! Whether all of a photo is there, seen as its bytes pass: not decoded, but followed to its end.
//!
//! What decoders pass over is passed over here: bytes behind the end, and in a JPEG bytes between its segments.

mod jpeg;
mod png;
mod webp;

use domain::Media;

pub(super) use super::pieces::Flaw;

/// Follows a photo to its end.
#[derive(Debug, Clone)]
pub(super) enum Whole {
    /// Its first bytes, until it is known what it is.
    Begun(Vec<u8>),
    Jpeg(jpeg::Jpeg),
    Png(png::Png),
    Webp(webp::Webp),
    /// It is nothing that could be followed.
    Other,
}

impl Whole {
    /// Follows a photo from its first byte on.
    pub(super) const fn new() -> Self {
        Self::Begun(Vec::new())
    }

    /// Takes the next bytes of what is known by now to be of this type.
    pub(super) fn push(&mut self, chunk: &[u8], media: Option<Media>) {
        match self {
            Self::Begun(first) => {
                first.extend_from_slice(chunk);
                let Some(media) = media else { return };
                let first = std::mem::take(first);
                *self = match media {
                    Media::Jpeg => Self::Jpeg(jpeg::Jpeg::default()),
                    Media::Png => Self::Png(png::Png::default()),
                    Media::Webp => Self::Webp(webp::Webp::default()),
                    _ => Self::Other,
                };
                self.push(&first, Some(media));
            }
            Self::Jpeg(jpeg) => jpeg.push(chunk),
            Self::Png(png) => png.push(chunk),
            Self::Webp(webp) => webp.push(chunk),
            Self::Other => {}
        }
    }

    /// What is wrong with it, now that all of it has passed.
    pub(super) fn finish(self) -> Result<(), Flaw> {
        match self {
            Self::Begun(_) | Self::Other => Err(Flaw::CutOff),
            Self::Jpeg(jpeg) => jpeg.finish(),
            Self::Png(png) => png.finish(),
            Self::Webp(webp) => webp.finish(),
        }
    }
}
