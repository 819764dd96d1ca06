//! A file that a model made: inspected as it comes, a picture kept with the word that a machine made it, and what is kept hashed.

use bytes::Bytes;
use c2pa::Content;
use domain::{Digest, Hasher};
use media::mark::Marking;

use super::preview::push_around;
use crate::download::{DownloadError, Inspect};

/// Looks at a file as another inspection does, which keeps all of it as it is, and marks it where it is a picture. Beside what is known of the
/// file as it came, it tells the digest of what is kept.
#[derive(Debug, Clone)]
pub(super) struct Marked<I> {
    inspection: I,
    marking: Marking,
    hasher: Hasher,
    signed: Option<Signed>,
}

/// What a picture with a manifest has to be, for that to be true.
#[derive(Debug, Clone)]
struct Signed {
    /// How many bytes come.
    size_bytes: u32,
    content: Content,
    /// All that is kept but the manifest.
    around: Hasher,
}

impl<I> Marked<I> {
    /// Begins with no bytes.
    pub(super) fn new(inspection: I) -> Self {
        Self { inspection, marking: Marking::new(), hasher: Hasher::default(), signed: None }
    }

    /// The same with this manifest, which was made for a picture of so many bytes and this content.
    pub(super) fn signed(inspection: I, manifest: Vec<u8>, size_bytes: u32, content: Content) -> Self {
        let signed = Some(Signed { size_bytes, content, around: Hasher::default() });
        Self { inspection, marking: Marking::with(manifest), hasher: Hasher::default(), signed }
    }

    fn hashed(&mut self, kept: Vec<u8>) -> Bytes {
        self.hasher.push(&kept);
        if let Some(signed) = &mut self.signed {
            push_around(&mut signed.around, &self.marking, &kept);
        }
        kept.into()
    }
}

impl<I: Inspect> Inspect for Marked<I> {
    type Metadata = (I::Metadata, Digest);

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        self.inspection.check_size(size_bytes)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.inspection.push(bytes)
    }

    fn keep(&mut self, bytes: Bytes) -> Bytes {
        let kept = self.marking.pass(&bytes);
        self.hashed(kept)
    }

    fn rest(&mut self) -> Bytes {
        let kept = self.marking.rest();
        self.hashed(kept)
    }

    fn expected(&self) -> Option<u32> {
        self.signed.as_ref().map(|signed| signed.size_bytes)
    }

    fn added(&self) -> Option<u64> {
        self.marking.added()
    }

    fn finish(self) -> Result<Self::Metadata, DownloadError> {
        if self.signed.is_some_and(|signed| signed.around.finish() != signed.content.sha256) {
            return Err(DownloadError::Transient("is not the same every time it is fetched".to_owned()));
        }
        Ok((self.inspection.finish()?, self.hasher.finish()))
    }
}
