//! A file that a model made: inspected as it comes, a picture kept with the word that a machine made it, and what is kept hashed.

use bytes::Bytes;
use domain::{Digest, Hasher};
use media::mark::Marking;

use crate::download::{DownloadError, Inspect};

/// Looks at a file as another inspection does, which keeps all of it as it is, and marks it where it is a picture. Beside what is known of the
/// file as it came, it tells the digest of what is kept.
#[derive(Debug, Clone)]
pub(super) struct Marked<I> {
    inspection: I,
    marking: Marking,
    hasher: Hasher,
}

impl<I> Marked<I> {
    /// Begins with no bytes.
    pub(super) fn new(inspection: I) -> Self {
        Self { inspection, marking: Marking::new(), hasher: Hasher::default() }
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
        self.hasher.push(&kept);
        kept.into()
    }

    fn rest(&mut self) -> Bytes {
        let kept = self.marking.rest();
        self.hasher.push(&kept);
        kept.into()
    }

    fn added(&self) -> Option<u64> {
        self.marking.added()
    }

    fn finish(self) -> Result<Self::Metadata, DownloadError> {
        Ok((self.inspection.finish()?, self.hasher.finish()))
    }
}
