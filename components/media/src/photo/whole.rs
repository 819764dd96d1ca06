//! Whether all of a photo is there, seen as its bytes pass: not decoded, but followed to its end.
//!
//! What decoders pass over is passed over here: bytes behind the end, and in a JPEG bytes between its segments.

mod jpeg;
mod png;
mod webp;

use domain::Media;

use super::by_format::ByFormat;
pub(super) use super::pieces::Flaw;

/// Follows a photo to its end.
#[derive(Debug, Clone)]
pub(super) struct Whole(ByFormat<jpeg::Jpeg, png::Png, webp::Webp>);

impl Whole {
    /// Follows a photo from its first byte on.
    pub(super) const fn new() -> Self {
        Self(ByFormat::new())
    }

    /// Takes the next bytes of what is known by now to be of this type.
    pub(super) fn push(&mut self, chunk: &[u8], media: Option<Media>) {
        let Some(bytes) = self.0.take(chunk, media) else { return };
        match &mut self.0 {
            ByFormat::Jpeg(jpeg) => jpeg.push(&bytes),
            ByFormat::Png(png) => png.push(&bytes),
            ByFormat::Webp(webp) => webp.push(&bytes),
            ByFormat::Begun(_) | ByFormat::Other => {}
        }
    }

    /// What is wrong with it, now that all of it has passed.
    pub(super) fn finish(self) -> Result<(), Flaw> {
        match self.0 {
            ByFormat::Begun(_) | ByFormat::Other => Err(Flaw::CutOff),
            ByFormat::Jpeg(jpeg) => jpeg.finish(),
            ByFormat::Png(png) => png.finish(),
            ByFormat::Webp(webp) => webp.finish(),
        }
    }
}
