//! A download of weights.

use bytes::{Buf, Bytes, BytesMut};
use domain::Digest;
use safetensors::tensor::Metadata;
use sha2::{Digest as _, Sha256};

use crate::tar::{self, BLOCK_BYTES};
use crate::{Error, HEADER_BYTES_MAX, WEIGHTS_BYTES_MAX};

/// The bytes that say how long the header is.
const LENGTH_BYTES: usize = 8;

/// A download of weights: what came of it, and what it is about to be.
#[derive(Debug)]
pub struct Download {
    stage: Stage,
    /// Bytes that came and were not yet passed on.
    waiting: BytesMut,
    /// The size of the whole download, if it was told.
    announced: Option<u64>,
    /// The size of the weights, once their header was read.
    size_bytes: Option<u32>,
    hasher: Sha256,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first bytes, which tell what it is.
    Start,
    /// A header of a tar.
    Entry,
    /// A file of a tar that is passed over.
    Skip(u64),
    /// The header of the weights, which have so many bytes.
    Header(u64),
    /// So many bytes of the weights.
    Tensors(u64),
    /// Nothing that matters.
    Done,
}

impl Download {
    /// A download of this many bytes, if that was told.
    pub fn new(announced: Option<u64>) -> Self {
        let waiting = BytesMut::new();
        Self { stage: Stage::Start, waiting, announced, size_bytes: None, hasher: Sha256::new() }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The first thing that shows that these are no weights.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.stage == Stage::Done {
            return Ok(());
        }
        self.waiting.extend_from_slice(bytes);
        while self.advance()? {}
        Ok(())
    }

    /// The size of the weights in bytes, once it is known: then the first of them can be taken.
    pub const fn size_bytes(&self) -> Option<u32> {
        self.size_bytes
    }

    /// Whether all of the weights came; the rest of the download is of no interest.
    pub fn is_complete(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Bytes of the weights that came since the last time.
    pub fn take(&mut self) -> Option<Bytes> {
        let Stage::Tensors(left) = self.stage else { return None };
        let count = self.waiting.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let bytes = self.waiting.split_to(count).freeze();
        self.hasher.update(&bytes);
        self.stage = match left.saturating_sub(count as u64) {
            0 => Stage::Done,
            left => Stage::Tensors(left),
        };
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }

    /// The SHA-256 of the weights.
    ///
    /// # Errors
    /// [`Error::NoWeights`] or [`Error::BrokenOff`] when they did not all come.
    pub fn finish(self) -> Result<Digest, Error> {
        match self.stage {
            Stage::Done => hex::encode(self.hasher.finalize()).parse().map_err(|_| Error::BrokenOff),
            Stage::Entry | Stage::Skip(_) => Err(Error::NoWeights),
            Stage::Start | Stage::Header(_) | Stage::Tensors(_) => Err(Error::BrokenOff),
        }
    }

    /// Goes one stage on, if there are bytes enough.
    fn advance(&mut self) -> Result<bool, Error> {
        let next = match self.stage {
            Stage::Start => self.start()?,
            Stage::Entry => self.entry()?,
            Stage::Skip(left) => Some(self.skip(left)),
            Stage::Header(size) => self.header(size)?,
            Stage::Tensors(_) | Stage::Done => None,
        };
        let moved = next.is_some_and(|next| next != self.stage);
        self.stage = next.unwrap_or(self.stage);
        Ok(moved)
    }

    fn start(&self) -> Result<Option<Stage>, Error> {
        let whole = self.announced.is_some_and(|size| self.waiting.len() as u64 >= size);
        if self.waiting.len() < BLOCK_BYTES && !whole {
            return Ok(None);
        }
        if tar::is_tar(&self.waiting) {
            return Ok(Some(Stage::Entry));
        }
        let size = self.announced.ok_or(Error::UnknownSize)?;
        Ok(Some(Stage::Header(size)))
    }

    fn entry(&mut self) -> Result<Option<Stage>, Error> {
        if self.waiting.len() < BLOCK_BYTES {
            return Ok(None);
        }
        let entry = tar::entry(&self.waiting).ok_or(Error::NoWeights)?;
        self.waiting.advance(BLOCK_BYTES);
        let skipped = entry.size_bytes.saturating_add(entry.padding());
        Ok(Some(if entry.is_weights { Stage::Header(entry.size_bytes) } else { Stage::Skip(skipped) }))
    }

    fn skip(&mut self, left: u64) -> Stage {
        let count = self.waiting.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.waiting.advance(count);
        match left.saturating_sub(count as u64) {
            0 => Stage::Entry,
            left => Stage::Skip(left),
        }
    }

    /// Reads the header of the weights. It stays where it is: it is a part of them.
    fn header(&mut self, size: u64) -> Result<Option<Stage>, Error> {
        if size > WEIGHTS_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let Some(length) = self.waiting.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = u64::from_le_bytes(*length);
        let begin = length.saturating_add(LENGTH_BYTES as u64);
        if length > HEADER_BYTES_MAX || begin > size {
            return Err(Error::BadHeader);
        }
        let Some(header) = usize::try_from(begin).ok().and_then(|begin| self.waiting.get(LENGTH_BYTES..begin)) else {
            return Ok(None);
        };
        // It says where each tensor begins and ends: without gaps, and as long as its shape is.
        let metadata: Metadata = serde_json::from_slice(header).map_err(|_| Error::BadHeader)?;
        let tensors = metadata.tensors().values().map(|tensor| tensor.data_offsets.1 as u64).max().unwrap_or(0);
        if begin.saturating_add(tensors) != size || tensors == 0 {
            return Err(Error::WrongLength);
        }
        self.size_bytes = Some(u32::try_from(size).map_err(|_| Error::TooLarge)?);
        Ok(Some(Stage::Tensors(size)))
    }
}

#[cfg(test)]
mod tests;
