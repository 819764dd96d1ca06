//! Key-value stores in one `SQLite` file, on the table Spin itself uses: a file made by one opens in the other.
//!
//! Writes go through one thread, which commits whatever waits as one transaction: with `synchronous=FULL` a commit
//! is a disk flush, and money must survive a power cut, so the flush is shared rather than left out. An answer is
//! given after the commit. Reads have connections of their own and see every committed write.
//!
//! Compare-and-swap compares values, because the table has no column for a version; whoever needs to tell a value
//! from the same value written again puts a counter into it. Where Spin's own store differs from the interface
//! (a swap on an absent key that always succeeds, an increment that panics), this one keeps to the interface.

mod file;
pub mod private;
mod readers;
mod statements;
mod writer;

use std::path::Path;

use anyhow::Context as _;

use self::readers::Readers;
use self::writer::Writer;

/// The name of Spin's own file in its state folder.
const FILE_NAME: &str = "sqlite_key_value.db";

/// Bytes one call may give a component, as in Spin.
const RESULT_BYTES_MAX: usize = 128 << 20;

/// All stores of an application.
#[derive(Debug)]
pub struct KeyValue {
    writer: Writer,
    readers: Readers,
}

/// Keys with their values, where they have one.
pub type Entries = Vec<(String, Option<Vec<u8>>)>;

/// Why a call on a store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than a component may be given at once.
    #[error("the result exceeds the limit of {RESULT_BYTES_MAX} bytes")]
    ResultTooLarge,
    /// An increment of something that is not a counter.
    #[error("the value is not a number: an increment needs eight bytes, a little-endian 64-bit integer")]
    NotANumber,
    /// An increment past what 64 bits hold. The counter keeps its value.
    #[error("the increment overflows a 64-bit integer")]
    Overflow,
    /// `SQLite` failed. Why is in the log, and is not the component's business.
    #[error("the store is unavailable")]
    Unavailable,
}

/// A compare-and-swap.
#[derive(Debug)]
pub struct Exchange {
    /// The key.
    pub key: String,
    /// The value it must still have; `None` expects an absent key.
    pub expected: Option<Vec<u8>>,
    /// The value it gets.
    pub value: Vec<u8>,
}

/// What became of a compare-and-swap.
#[derive(Debug, PartialEq, Eq)]
pub enum Swap {
    /// The value was written.
    Done,
    /// Nothing was written: the key has this value, or none.
    Changed(Option<Vec<u8>>),
}

impl KeyValue {
    /// Opens the file in a folder, and makes it if missing. Only its owner may read it.
    ///
    /// # Errors
    /// If it can't be opened or is not a database.
    pub fn open(state_dir: &Path) -> anyhow::Result<Self> {
        let path = state_dir.join(FILE_NAME);
        let open = || {
            private::make_file(&path)?;
            anyhow::Ok(Self { writer: Writer::open(&path)?, readers: Readers::open(&path)? })
        };
        open().with_context(|| format!("the key-value file {} can't be used", path.display()))
    }

    /// A key's value.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`], [`Error::Unavailable`].
    pub async fn get(&self, store: &str, key: String) -> Result<Option<Vec<u8>>, Error> {
        let store = store.to_owned();
        self.readers.run(move |file| statements::get(file, &store, &key)).await
    }

    /// The values of some keys, in their order.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`], [`Error::Unavailable`].
    pub async fn get_many(&self, store: &str, keys: Vec<String>) -> Result<Entries, Error> {
        let store = store.to_owned();
        self.readers.run(move |file| statements::get_many(file, &store, keys)).await
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn exists(&self, store: &str, key: String) -> Result<bool, Error> {
        let store = store.to_owned();
        self.readers.run(move |file| statements::exists(file, &store, &key)).await
    }

    /// All keys of a store.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`], [`Error::Unavailable`].
    pub async fn keys(&self, store: &str) -> Result<Vec<String>, Error> {
        let store = store.to_owned();
        self.readers.run(move |file| statements::keys(file, &store)).await
    }

    /// Writes values: all of them, or none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_many(&self, store: &str, values: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        let store = store.to_owned();
        self.writer.run(move |file| statements::set_many(file, &store, &values)).await
    }

    /// Deletes keys: all of them, or none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete_many(&self, store: &str, keys: Vec<String>) -> Result<(), Error> {
        let store = store.to_owned();
        self.writer.run(move |file| statements::delete_many(file, &store, &keys)).await
    }

    /// Adds to a counter and gives its new value; an absent one counts from zero.
    ///
    /// # Errors
    /// [`Error::NotANumber`], [`Error::Overflow`], [`Error::Unavailable`].
    pub async fn increment(&self, store: &str, key: String, delta: i64) -> Result<i64, Error> {
        let store = store.to_owned();
        self.writer.run(move |file| statements::increment(file, &store, &key, delta)).await
    }

    /// Writes a value if the key still has the one expected.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; then nobody knows whether it was written.
    pub async fn swap(&self, store: &str, exchange: Exchange) -> Result<Swap, Error> {
        let store = store.to_owned();
        self.writer.run(move |file| statements::swap(file, &store, &exchange)).await
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the key-value file failed");
        Self::Unavailable
    }
}

#[cfg(test)]
mod tests;
