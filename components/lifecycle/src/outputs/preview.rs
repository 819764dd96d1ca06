//! A picture as it is going to be kept, gone through before there is its manifest: what that has to say of it.

use c2pa::Content;
use domain::Hasher;
use media::mark::Marking;

use crate::download::{DownloadError, Inspect};

/// Looks at a picture as another inspection does, and finds out where its manifest will be and what the rest of it hashes to; nothing where it is
/// nothing that can have one.
#[derive(Debug, Clone)]
pub(super) struct Preview<I> {
    inspection: I,
    marking: Marking,
    around: Hasher,
}

impl<I> Preview<I> {
    /// Begins with no bytes; the manifest has only to be as long as the one that will be there.
    pub(super) fn new(inspection: I, manifest: Vec<u8>) -> Self {
        Self { inspection, marking: Marking::with(manifest), around: Hasher::default() }
    }
}

impl<I: Inspect> Inspect for Preview<I> {
    type Metadata = Option<Content>;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        self.inspection.check_size(size_bytes)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.inspection.push(bytes)?;
        let kept = self.marking.pass(bytes);
        push_around(&mut self.around, &self.marking, &kept);
        Ok(())
    }

    fn finish(mut self) -> Result<Self::Metadata, DownloadError> {
        let kept = self.marking.rest();
        push_around(&mut self.around, &self.marking, &kept);
        self.inspection.finish()?;
        let Some(place) = self.marking.place() else { return Ok(None) };
        let number = |number: u64| u32::try_from(number).ok();
        let (start, length) = (number(place.start), number(place.end.saturating_sub(place.start)));
        Ok(start.zip(length).map(|(start, length)| Content { start, length, sha256: self.around.finish() }))
    }
}

/// Hashes what was given last, but for the manifest.
pub(super) fn push_around(hasher: &mut Hasher, marking: &Marking, last: &[u8]) {
    let (before, behind) = marking.around(last);
    hasher.push(before);
    hasher.push(behind);
}
