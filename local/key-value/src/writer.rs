//! The one thread that writes, and its group commit.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use anyhow::Result;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::calls::Error;
use crate::file;

/// Calls that share one commit. Bounds how long the first of them waits for the others to run.
const GROUP_MAX: usize = 256;

/// Runs each call in turn; dropping it lets the calls that wait finish and closes the file.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while it is dropped.
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let connection = file::open_writer(path)?;
        let (jobs, waiting) = channel();
        let thread =
            std::thread::Builder::new().name("key-value".to_owned()).spawn(move || work(&connection, &waiting))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs a call in a transaction and answers once it is on disk. A call that fails leaves nothing behind.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Call { write: Some(write), outcome: Err(Error::Unavailable), answer });
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        match sent {
            Some(Ok(())) => answered.await.unwrap_or(Err(Error::Unavailable)),
            Some(Err(_)) | None => Err(Error::Unavailable),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was told to every caller as `Unavailable`.
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, waiting: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP_MAX - 1));
        let failure = commit(connection, &mut group).err();
        for job in group {
            job.answer(failure.clone());
        }
    }
}

/// Runs a group of calls in one transaction. An error is for all of them: none is on disk.
fn commit(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), Error> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = run_each(connection, group).and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if outcome.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}

fn run_each(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), Error> {
    for job in group {
        connection.execute_batch("SAVEPOINT call")?;
        let done = job.run(connection);
        // A full disk or a failing one ends the whole transaction, not only the call.
        if connection.is_autocommit() {
            return Err(Error::Unavailable);
        }
        connection.execute_batch(if done { "RELEASE call" } else { "ROLLBACK TO call; RELEASE call" })?;
    }
    Ok(())
}

/// A call that waits for its turn and then for its commit.
trait Job: Send {
    /// Runs it; whether it succeeded.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers what `run` found, or the failure of the commit.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

struct Call<T, F> {
    write: Option<F>,
    outcome: Result<T, Error>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T, Error> + Send> Job for Call<T, F> {
    fn run(&mut self, connection: &Connection) -> bool {
        if let Some(write) = self.write.take() {
            self.outcome = write(connection);
        }
        self.outcome.is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        // Whoever asked may have gone; the write stands all the same.
        let _ = self.answer.send(failure.map_or(self.outcome, Err));
    }
}
