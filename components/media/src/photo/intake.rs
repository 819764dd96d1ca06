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
    sha256: Option<Sha256>,
}

/// A photo that has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What is known of it.
    pub metadata: Metadata,
    /// Whether it said where it was taken, which is not kept.
    pub had_place: bool,
    /// Whether it is kept turned or mirrored, and says how it is to be shown.
    pub is_turned: bool,
    /// The CRC-32 of what was kept, as a zip wants it.
    pub crc32: u32,
    /// The SHA-256 of what was kept, where that was asked for.
    pub sha256: Option<[u8; 32]>,
}

impl Default for Intake {
    fn default() -> Self {
        Self::new()
    }
}

impl Intake {
    /// Begins with no bytes.
    pub fn new() -> Self {
        Self { inspection: Inspection::new(), clean: Clean::new(), crc32: crc32fast::Hasher::new(), sha256: None }
    }

    /// The same, and tells the SHA-256 of what was kept. That takes longer than all the rest.
    pub fn hashing() -> Self {
        Self { sha256: Some(Sha256::new()), ..Self::new() }
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
        self.sum(kept)
    }

    /// What there is to be kept behind the last bytes: nothing, of a photo that is whole.
    pub fn rest(&mut self) -> Vec<u8> {
        let kept = self.clean.rest();
        self.sum(kept)
    }

    fn sum(&mut self, kept: Vec<u8>) -> Vec<u8> {
        self.crc32.update(&kept);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(&kept);
        }
        kept
    }

    /// Says what the photo is, after its last byte.
    ///
    /// # Errors
    /// What makes it unacceptable.
    pub fn finish(self) -> Result<Taken, Error> {
        Ok(Taken {
            metadata: self.inspection.finish()?,
            had_place: self.clean.had_place(),
            is_turned: self.clean.is_turned(),
            crc32: self.crc32.finalize(),
            sha256: self.sha256.map(|sha256| sha256.finalize().into()),
        })
    }
}
