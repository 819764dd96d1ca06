//! Key-value stores in one `SQLite` file, on the table Spin itself uses: a file made by one opens in the other.
//!
//! Writes go through one thread, which commits whatever waits as one transaction: with `synchronous=FULL` a commit
//! is a disk flush, and money must survive a power cut, so the flush is shared rather than left out. An answer is
//! given after the commit. Reads have connections of their own and see every committed write.
//!
//! Compare-and-swap compares values, because the table has no column for a version; whoever needs to tell a value
//! from the same value written again puts a counter into it. Where Spin's own store differs from the interface
//! (a swap on an absent key that always succeeds, an increment that panics), this one keeps to the interface.

mod calls;
mod file;
pub mod private;
mod readers;
mod statements;
mod writer;

use std::path::Path;

use anyhow::Context as _;

pub use self::calls::{Entries, Error, Exchange, Swap};

use self::readers::Readers;
use self::writer::Writer;

/// The name of Spin's own file in its state folder.
const FILE_NAME: &str = "sqlite_key_value.db";

/// All stores of an application.
#[derive(Debug)]
pub struct KeyValue {
    writer: Writer,
    readers: Readers,
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
    pub async fn get(&self, store: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.readers.run(|file| statements::get(file, store, key)).await
    }

    /// The values of some keys, in their order.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`], [`Error::Unavailable`].
    pub async fn get_many(&self, store: &str, keys: Vec<String>) -> Result<Entries, Error> {
        let store = store.to_owned();
        self.readers.run_apart(move |file| statements::get_many(file, &store, keys)).await
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn exists(&self, store: &str, key: &str) -> Result<bool, Error> {
        self.readers.run(|file| statements::exists(file, store, key)).await
    }

    /// All keys of a store.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`], [`Error::Unavailable`].
    pub async fn keys(&self, store: &str) -> Result<Vec<String>, Error> {
        let store = store.to_owned();
        self.readers.run_apart(move |file| statements::keys(file, &store)).await
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
