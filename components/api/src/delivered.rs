//! A file that a task delivered, found by the name that its URL ends with: whoever knows that may have it, as long as it is kept.

use std::time::Duration;

use domain::{File, Task, TaskState, Timestamp};
use lifecycle::{Ports, links, shown};
use store::keys;

use crate::words::span;
use crate::{Code, Error};

/// A file that can be fetched still.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The task that made it.
    pub(crate) task: Task,
    /// Its number among the task's files, from 0.
    pub(crate) n: usize,
    /// The file.
    pub(crate) file: File,
    /// Since when it can be fetched.
    pub(crate) at: Timestamp,
    /// For how long it can be.
    pub(crate) left: Duration,
}

/// Finds the file of this name.
///
/// # Errors
/// [`Code::NotFound`], also where its character is suspended; [`Code::ResultExpired`] where it was removed or its time is over; what the store answers.
pub(crate) async fn find<P: Ports>(ports: &P, name: &str) -> Result<Delivered, Error> {
    let not_found = || Error::new(Code::NotFound, "No such result");
    let (account, id, n, extension) = links::parse_result(name).ok_or_else(not_found)?;
    let task = ports.store().load(&keys::task(&account, &id)).await?.ok_or_else(not_found)?;
    if task.erased_at.is_some() {
        return Err(Error::new(Code::ResultExpired, "It was deleted with its character"));
    }
    // A takedown that was wrong ends, so it is not said to be gone.
    let task = shown::task(ports, task).await?;
    if task.erased_at.is_some() {
        return Err(not_found());
    }
    let TaskState::Delivered { files, at } = &task.state else { return Err(not_found()) };
    let at = *at;
    let made = files.get(n).filter(|made| made.media.extension() == extension).cloned();
    let file = made.ok_or_else(not_found)?;
    let (age, kept) = (ports.now().since(at), ports.config().results_kept);
    if age >= kept {
        let message = format!("Results are kept for {}; this one is gone", span(kept));
        return Err(Error::new(Code::ResultExpired, message));
    }
    Ok(Delivered { task, n, file, at, left: kept.saturating_sub(age) })
}
