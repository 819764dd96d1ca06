//! A photo on its way in: inspected as it comes, and kept without what it says beside its picture.

use super::clean::Clean;
use super::{Error, Inspection, Metadata};

/// A photo on its way in: fed with chunks of any size, in little memory.
#[derive(Debug, Clone)]
pub struct Intake {
    inspection: Inspection,
    clean: Clean,
    crc32: crc32fast::Hasher,
}

impl Default for Intake {
    fn default() -> Self {
        Self::new()
    }
}

impl Intake {
    /// Begins with no bytes.
    pub fn new() -> Self {
        Self { inspection: Inspection::new(), clean: Clean::new(), crc32: crc32fast::Hasher::new() }
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
        kept
    }

    /// What there is to be kept behind the last bytes: nothing, of a photo that is whole.
    pub fn rest(&mut self) -> Vec<u8> {
        let kept = self.clean.rest();
        self.crc32.update(&kept);
        kept
    }

    /// Says what the photo is, after its last byte: with the checksum of what was kept, and the hash of what came.
    ///
    /// # Errors
    /// What makes it unacceptable.
    pub fn finish(self) -> Result<Metadata, Error> {
        let metadata = self.inspection.finish()?;
        Ok(Metadata { had_place: self.clean.had_place(), crc32: self.crc32.finalize(), ..metadata })
    }
}
