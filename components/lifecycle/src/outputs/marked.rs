//! A file that a model made: inspected as it comes, and a picture kept with the word that a machine made it.

use bytes::Bytes;
use media::mark::Marking;

use crate::download::{DownloadError, Inspect};

/// Looks at a file as another inspection does, which keeps all of it as it is, and marks it where it is a picture.
#[derive(Debug, Clone)]
pub(super) struct Marked<I> {
    inspection: I,
    marking: Marking,
}

impl<I> Marked<I> {
    /// Begins with no bytes.
    pub(super) const fn new(inspection: I) -> Self {
        Self { inspection, marking: Marking::new() }
    }
}

impl<I: Inspect> Inspect for Marked<I> {
    type Metadata = I::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        self.inspection.check_size(size_bytes)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.inspection.push(bytes)
    }

    fn keep(&mut self, bytes: Bytes) -> Bytes {
        self.marking.pass(&bytes).into()
    }

    fn rest(&mut self) -> Bytes {
        self.marking.rest().into()
    }

    fn added(&self) -> Option<u64> {
        self.marking.added()
    }

    fn finish(self) -> Result<I::Metadata, DownloadError> {
        self.inspection.finish()
    }
}
