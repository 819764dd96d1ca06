//! A photo on its way in: inspected as it comes, and kept without what it says beside its picture.

use sha2::{Digest, Sha256};

use super::clean::Clean;
use super::{Error, Inspection, Metadata};

/// A photo on its way in: fed with chunks of any size, in little memory.
#[derive(Debug, Clone)]
pub struct Intake {
    inspection: Inspection,
    clean: Clean,
    crc32: crc32fast::Hasher,
    sha256: Sha256,
}

/// A photo that has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What is known of it; the checksum is of what was kept.
    pub metadata: Metadata,
    /// The SHA-256 of what was kept: photos that show the same bytes have equal ones, whatever they said beside their picture.
    pub sha256: [u8; 32],
}

impl Default for Intake {
    fn default() -> Self {
        Self::new()
    }
}

impl Intake {
    /// Begins with no bytes.
    pub fn new() -> Self {
        let (crc32, sha256) = (crc32fast::Hasher::new(), Sha256::new());
        Self { inspection: Inspection::new(), clean: Clean::new(), crc32, sha256 }
    }

    /// Inspects the next bytes.
    ///
    /// # Errors
    /// Those of [`Inspection::push`].
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.inspection.push(chunk)
    }

    /// What there is to be kept by now, of bytes that were inspected just now and of earlier ones. It is as much as came, later or sooner.
    pub fn keep(&mut self, chunk: &[u8]) -> Vec<u8> {
        let kept = self.clean.pass(chunk, self.inspection.media());
        self.crc32.update(&kept);
        self.sha256.update(&kept);
        kept
    }

    /// What there is to be kept behind the last bytes: nothing, of a photo that is whole.
    pub fn rest(&mut self) -> Vec<u8> {
        let kept = self.clean.rest();
        self.crc32.update(&kept);
        self.sha256.update(&kept);
        kept
    }

    /// Says what the photo is, after its last byte: with the checksum and the hash of what was kept.
    ///
    /// # Errors
    /// What makes it unacceptable.
    pub fn finish(self) -> Result<Taken, Error> {
        let metadata = self.inspection.finish()?;
        let metadata = Metadata { had_place: self.clean.had_place(), crc32: self.crc32.finalize(), ..metadata };
        Ok(Taken { metadata, sha256: self.sha256.finalize().into() })
    }
}
