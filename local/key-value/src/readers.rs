//! Reading connections. A value is found in some microseconds, less than another thread is called in: so it is read where it is asked for.
//! What may take longer has a thread to itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::calls::Error;
use crate::file;

/// Reading connections kept open between calls; more are opened while more calls run, and closed after.
const IDLE_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Opens the first connection, so that what can fail fails now.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let first = file::open_reader(path)?;
        Ok(Self(Arc::new(Pool { path: path.to_owned(), idle: Mutex::new(vec![first]) })))
    }

    /// Reads what takes no time to speak of, on a connection that nobody else uses meanwhile. Who reads on and on lets others in between.
    pub(super) async fn run<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        tokio::task::consume_budget().await;
        self.0.run(read)
    }

    /// The same with what may take long, on a thread for that.
    pub(super) async fn run_apart<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let pool = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || pool.run(read)).await.unwrap_or(Err(Error::Unavailable))
    }
}

impl Pool {
    fn run<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let connection = self.take()?;
        let outcome = read(&connection);
        self.give_back(connection);
        outcome
    }

    fn take(&self) -> Result<Connection, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| file::open_reader(&self.path), Ok).map_err(|error| {
            tracing::error!(%error, "the key-value file can't be opened for reading");
            Error::Unavailable
        })
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}
