//! Where state lives: one key-value store, JSON documents changed by compare-and-swap, and blobs in chunks.
//!
//! - [`Backend`] is the port: what a key-value store has to offer. Only [`Store`] calls it, so nobody else can swap or set a key.
//! - [`keys`] is the whole key layout in one table.
//! - [`Store::update`] is the only way to change a document; [`Store::write`] takes keys only that are never swapped.

pub mod blob;
pub mod doctor;
mod document;
mod error;
mod key;
pub mod keys;
mod port;
mod queue;
pub mod redis;
pub mod s3;
mod update;
mod upload_queue;

pub use document::Document;
pub use error::Error;
pub use key::{BlobKey, CounterKey, DocumentKey, NewKey, RecordKey};
pub use port::{Backend, Bell, Entropy, KEY_CHARS_MAX, Timer, Unavailable, VALUE_BYTES_MAX};
pub use queue::Queues;
pub use update::{Decision, Place};
pub use upload_queue::UploadQueue;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The application's state, in a backend.
#[derive(Debug)]
pub struct Store<B> {
    backend: B,
    queues: Queues,
}

impl<B: Backend> Store<B> {
    /// Keeps state in `backend`.
    pub fn new(backend: B) -> Self {
        Self::sharing(backend, Queues::default())
    }

    /// Keeps state in `backend`, and shares swaps with all that have these queues: those of one process, on the same store.
    pub const fn sharing(backend: B, queues: Queues) -> Self {
        Self { backend, queues }
    }

    /// Reads a document, as of now: never from a cache or a stale replica.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and [`Error::Corrupt`].
    pub async fn load<T: Document>(&self, key: &DocumentKey<T>) -> Result<Option<T>, Error> {
        let (value, _) = self.backend.current(key.as_str()).await?;
        value.map(|bytes| document::decode::<T>(key.as_str(), &bytes).map(|stored| stored.body)).transpose()
    }

    /// Writes a new document.
    ///
    /// Creation is a plain write: of the stores this runs on, some let two creators of an absent key both win a swap.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn create<T: Document>(&self, key: &NewKey<T>, body: T) -> Result<(), Error> {
        let key = key.document();
        let value = document::encode(key.as_str(), &document::Stored::new(body))?;
        Ok(self.backend.set(key.as_str(), &value, None).await?)
    }

    /// Removes a document that was created and never told to anyone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn discard<T: Document>(&self, key: &DocumentKey<T>) -> Result<(), Error> {
        Ok(self.backend.delete(key.as_str()).await?)
    }

    /// Reads a plain value, as of now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and [`Error::Corrupt`].
    pub async fn read<T: DeserializeOwned>(&self, key: &RecordKey<T>) -> Result<Option<T>, Error> {
        let (value, _) = self.backend.current(key.as_str()).await?;
        value.map(|bytes| document::decode_plain(key.as_str(), &bytes)).transpose()
    }

    /// Writes a plain value. Whoever writes it again writes the same, or something that may just as well count.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn write<T: Serialize>(&self, key: &RecordKey<T>, body: &T) -> Result<(), Error> {
        let value = document::encode_plain(key.as_str(), body)?;
        Ok(self.backend.set(key.as_str(), &value, key.lifetime()).await?)
    }

    /// Removes a plain value, if there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove<T>(&self, key: &RecordKey<T>) -> Result<(), Error> {
        Ok(self.backend.delete(key.as_str()).await?)
    }

    /// Examines the backend, under keys of its own: whether it can be trusted with money.
    pub async fn examine(&self, effort: doctor::Effort) -> Vec<doctor::Finding> {
        doctor::examine(std::slice::from_ref(&self.backend), effort).await
    }

    /// Adds one to a counter and returns a number that nobody else was given. Where the store failed, a number may be lost.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn next(&self, key: CounterKey) -> Result<u64, Error> {
        self.increment(key, 1).await
    }

    /// The number a counter has come to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn count(&self, key: CounterKey) -> Result<u64, Error> {
        self.increment(key, 0).await
    }

    /// Adds to a counter, and returns its sum.
    ///
    /// # Errors
    /// The store is out of reach, or the counter cannot be read.
    pub async fn add(&self, key: CounterKey, by: u32) -> Result<u64, Error> {
        self.increment(key, by.into()).await
    }

    async fn increment(&self, key: CounterKey, by: i64) -> Result<u64, Error> {
        let sum = self.backend.increment(key.as_str(), by).await?;
        u64::try_from(sum).map_err(|_| Error::Corrupt { key: key.as_str().to_owned(), reason: "it is negative".into() })
    }
}
