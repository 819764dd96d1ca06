//! What a photo says beside its picture, taken out as its bytes pass: where and when it was taken, with which camera, by whom.
//!
//! No byte moves: what is taken out becomes zeros in a place that decoders pass over. So a photo is as large as it was, which a bucket has to
//! know before its first byte, and no size or offset in it has to be written anew. Which way up it is stays.

mod jpeg;
mod png;
mod webp;

use domain::Media;

use super::by_format::ByFormat;
use super::held::zeros;
use super::pieces::len;

/// Takes out of a photo what is not its picture.
#[derive(Debug, Clone)]
pub(super) struct Clean {
    format: ByFormat<jpeg::Jpeg, png::Png, webp::Webp>,
    taken: u64,
    given: u64,
}

impl Clean {
    /// Begins with a photo's first byte.
    pub(super) const fn new() -> Self {
        Self { format: ByFormat::new(), taken: 0, given: 0 }
    }

    /// Takes the next bytes of what is known by now to be of this type, and gives what there is to be kept by now.
    pub(super) fn pass(&mut self, chunk: &[u8], media: Option<Media>) -> Vec<u8> {
        let mut out = Vec::with_capacity(chunk.len());
        if let Some(bytes) = self.format.take(chunk, media) {
            match &mut self.format {
                ByFormat::Jpeg(jpeg) => jpeg.pass(&bytes, &mut out),
                ByFormat::Png(png) => png.pass(&bytes, &mut out),
                ByFormat::Webp(webp) => webp.pass(&bytes, &mut out),
                ByFormat::Begun(_) | ByFormat::Other => zeros(len(bytes.len()), &mut out),
            }
        }
        self.taken = self.taken.saturating_add(len(chunk.len()));
        self.given = self.given.saturating_add(len(out.len()));
        out
    }

    /// Whether the photo said where it was taken, as far as it passed.
    pub(super) const fn had_place(&self) -> bool {
        match &self.format {
            ByFormat::Jpeg(jpeg) => jpeg.had_place,
            ByFormat::Png(png) => png.had_place,
            ByFormat::Webp(webp) => webp.had_place,
            ByFormat::Begun(_) | ByFormat::Other => false,
        }
    }

    /// Whether the photo is turned or mirrored only when it is shown, as far as it passed.
    pub(super) const fn is_turned(&self) -> bool {
        match &self.format {
            ByFormat::Jpeg(jpeg) => jpeg.is_turned,
            ByFormat::Png(png) => png.is_turned,
            ByFormat::Webp(webp) => webp.is_turned,
            ByFormat::Begun(_) | ByFormat::Other => false,
        }
    }

    /// What is left once all bytes have passed: as many as are missing, and nothing in them, for they were the beginning of something that
    /// has no end.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        zeros(self.taken.saturating_sub(self.given), &mut out);
        self.given = self.taken;
        out
    }
}
