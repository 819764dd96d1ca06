//! Reading connections, used from the blocking threads of the async runtime.

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

    /// Reads on a connection that nobody else uses meanwhile.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let pool = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let connection = pool.take()?;
            let outcome = read(&connection);
            pool.give_back(connection);
            outcome
        });
        task.await.unwrap_or(Err(Error::Unavailable))
    }
}

impl Pool {
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
