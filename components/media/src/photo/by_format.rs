//! What is done with a photo's bytes as they pass, for each format in a way of its own.

use std::borrow::Cow;

use domain::Media;

/// One of the ways, once it is known what the photo is.
#[derive(Debug, Clone)]
pub(super) enum ByFormat<J, P, W> {
    /// Its first bytes, until it is known what it is.
    Begun(Vec<u8>),
    Jpeg(J),
    Png(P),
    Webp(W),
    /// It is nothing that is taken.
    Other,
}

impl<J: Default, P: Default, W: Default> ByFormat<J, P, W> {
    /// Begins with a photo's first byte.
    pub(super) const fn new() -> Self {
        Self::Begun(Vec::new())
    }

    /// Takes the next bytes of what is known by now to be of this type. Gives those that its way is to have: none until the type is known, and
    /// then the first ones as well.
    pub(super) fn take<'a>(&mut self, chunk: &'a [u8], media: Option<Media>) -> Option<Cow<'a, [u8]>> {
        let Self::Begun(first) = self else { return Some(Cow::Borrowed(chunk)) };
        first.extend_from_slice(chunk);
        let media = media?;
        let first = std::mem::take(first);
        *self = match media {
            Media::Jpeg => Self::Jpeg(J::default()),
            Media::Png => Self::Png(P::default()),
            Media::Webp => Self::Webp(W::default()),
            _ => Self::Other,
        };
        Some(Cow::Owned(first))
    }
}
