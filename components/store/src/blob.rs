//! Blobs: photos and pictures, in chunks that fit every store, written and read one chunk at a time.

use crate::{Backend, BlobKey, Error, Store};

/// Size of every chunk but a blob's last, in bytes.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Cuts a blob's bytes into chunks as they come, so that never more than one chunk of it is in memory.
#[derive(Debug)]
pub struct BlobWriter {
    key: BlobKey,
    chunk: Vec<u8>,
    written: usize,
}

impl BlobWriter {
    /// Begins a blob.
    pub fn new(key: BlobKey) -> Self {
        Self { key, chunk: Vec::new(), written: 0 }
    }

    /// Adds bytes, and writes the chunks they fill.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn push<B: Backend>(&mut self, store: &Store<B>, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len()).min(bytes.len());
            let (fits, rest) = bytes.split_at(room);
            self.chunk.extend_from_slice(fits);
            bytes = rest;
            if self.chunk.len() == CHUNK_BYTES {
                self.flush(store).await?;
            }
        }
        Ok(())
    }

    /// Writes what is left. The blob's size is the caller's to keep: reading asks for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn finish<B: Backend>(&mut self, store: &Store<B>) -> Result<(), Error> {
        if self.chunk.is_empty() { Ok(()) } else { self.flush(store).await }
    }

    async fn flush<B: Backend>(&mut self, store: &Store<B>) -> Result<(), Error> {
        store.backend.set(&self.key.chunk(self.written), &self.chunk, self.key.lifetime()).await?;
        self.written += 1;
        self.chunk.clear();
        Ok(())
    }
}

impl<B: Backend> Store<B> {
    /// Reads the `n`th chunk of a blob.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Missing`] when there is no such chunk.
    pub async fn chunk(&self, key: &BlobKey, n: usize) -> Result<Vec<u8>, Error> {
        let key = key.chunk(n);
        self.backend.get(&key).await?.ok_or(Error::Missing { key })
    }

    /// Removes a blob, up to its first missing chunk, whoever wrote how much of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; a repetition removes what is left.
    pub async fn remove_blob(&self, key: &BlobKey) -> Result<(), Error> {
        let mut chunks = 0;
        while self.backend.current(&key.chunk(chunks)).await?.0.is_some() {
            chunks += 1;
        }
        // The last first: one that is cut off leaves no chunk behind a missing one.
        for n in (0..chunks).rev() {
            self.backend.delete(&key.chunk(n)).await?;
        }
        Ok(())
    }
}
