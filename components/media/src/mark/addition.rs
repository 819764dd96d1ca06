//! What is put into a picture, at one place: the mark, and behind it a manifest where there is one.

use crate::photo::pieces::len;

/// The bytes of it, until they are given.
#[derive(Debug, Clone)]
pub(super) struct Addition {
    bytes: Option<Vec<u8>>,
    /// How many bytes at their end are the manifest's.
    manifest_bytes: usize,
    /// Where in what was given last the manifest begins, until somebody asks.
    begun: Option<usize>,
}

impl Addition {
    /// A mark, and a manifest that may be empty, each as the format has them.
    pub(super) fn new(mark: &[u8], manifest: &[u8]) -> Self {
        Self { bytes: Some([mark, manifest].concat()), manifest_bytes: manifest.len(), begun: None }
    }

    /// How many bytes there are to be given.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.as_ref().map_or(0, |bytes| len(bytes.len()))
    }

    /// Whether there is a manifest: then one that was there before has to go.
    pub(super) const fn has_manifest(&self) -> bool {
        self.manifest_bytes > 0
    }

    /// Gives all of it, the first time.
    pub(super) fn give(&mut self, out: &mut Vec<u8>) {
        let Some(mut bytes) = self.bytes.take() else { return };
        out.append(&mut bytes);
        self.begun = self.has_manifest().then(|| out.len().saturating_sub(self.manifest_bytes));
    }

    /// Where in what was given just now the manifest begins, and how many bytes it has; nothing where it is not there.
    pub(super) fn placed(&mut self) -> Option<(usize, usize)> {
        self.begun.take().map(|begun| (begun, self.manifest_bytes))
    }
}
