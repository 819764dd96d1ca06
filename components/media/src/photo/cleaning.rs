//! A picture that passes through, of a type that is known before its first byte.

use domain::Media;

use super::clean::Clean;

/// Takes out of a picture what it says beside that, as its bytes pass. In the end there are as many as came.
#[derive(Debug, Clone)]
pub struct Cleaning {
    clean: Clean,
    media: Media,
}

impl Cleaning {
    /// Begins with the first byte of a file of this type; nothing where it is none that is cleaned.
    pub fn new(media: Media) -> Option<Self> {
        let is_cleaned = matches!(media, Media::Jpeg | Media::Png | Media::Webp);
        is_cleaned.then(|| Self { clean: Clean::new(), media })
    }

    /// What there is to be kept by now, of these bytes and of earlier ones.
    pub fn pass(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.clean.pass(chunk, Some(self.media))
    }

    /// What there is to be kept behind the last bytes: nothing, of a picture that is whole.
    pub fn rest(&mut self) -> Vec<u8> {
        self.clean.rest()
    }

    /// A picture that is there whole.
    pub fn whole(media: Media, bytes: Vec<u8>) -> Vec<u8> {
        let Some(mut cleaning) = Self::new(media) else { return bytes };
        let mut kept = cleaning.pass(&bytes);
        kept.append(&mut cleaning.rest());
        kept
    }
}
