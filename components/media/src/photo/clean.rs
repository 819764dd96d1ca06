//! What a photo says beside its picture, taken out as its bytes pass: where and when it was taken, with which camera, by whom.
//!
//! No byte moves: what is taken out becomes zeros in a place that decoders pass over. So a photo is as large as it was, which a bucket has to
//! know before its first byte, and no size or offset in it has to be written anew. Which way up it is stays.

mod exif;
mod held;
mod jpeg;
mod png;
mod webp;

use domain::Media;

use self::held::zeros;
use super::pieces::len;

/// Takes out of a photo what is not its picture.
#[derive(Debug, Clone)]
pub(super) struct Clean {
    format: Format,
    taken: u64,
    given: u64,
}

#[derive(Debug, Clone)]
enum Format {
    /// Its first bytes, until it is known what it is.
    Begun(Vec<u8>),
    Jpeg(jpeg::Jpeg),
    Png(png::Png),
    Webp(webp::Webp),
    /// It is nothing that is kept.
    Other,
}

impl Clean {
    /// Begins with a photo's first byte.
    pub(super) const fn new() -> Self {
        Self { format: Format::Begun(Vec::new()), taken: 0, given: 0 }
    }

    /// Takes the next bytes of what is known by now to be of this type, and gives what there is to be kept by now.
    pub(super) fn pass(&mut self, chunk: &[u8], media: Option<Media>) -> Vec<u8> {
        let mut out = Vec::with_capacity(chunk.len());
        self.format.pass(chunk, media, &mut out);
        self.taken = self.taken.saturating_add(len(chunk.len()));
        self.given = self.given.saturating_add(len(out.len()));
        out
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

impl Format {
    fn pass(&mut self, chunk: &[u8], media: Option<Media>, out: &mut Vec<u8>) {
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
                self.pass(&first, Some(media), out);
            }
            Self::Jpeg(jpeg) => jpeg.pass(chunk, out),
            Self::Png(png) => png.pass(chunk, out),
            Self::Webp(webp) => webp.pass(chunk, out),
            Self::Other => zeros(len(chunk.len()), out),
        }
    }
}
