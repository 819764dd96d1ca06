//! Where a file is that was made here, by the SHA-256 of its bytes: for whoever finds it somewhere and asks where it is from. A copy that was
//! saved anew is found by how it looks ([`crate::alike`]).
//!
//! What is on record is the result's name, as its URL has it. It is written before the task is completed, so no result is handed out that
//! cannot be found; who reads it looks at the task. Of the same bytes made twice the first stays, so nobody takes another's place by making
//! them again. The record goes with what the task was asked: with the task or its character, or after `tasks_kept_days`; and at once where the
//! task ended otherwise. Who dies in between leaves a record that finds nothing.

use domain::{Digest, File, Task, TaskState};
use store::keys;

use crate::{Error, Ports, links};

/// A file that was made here.
#[derive(Debug)]
pub struct Made {
    /// The task that made it.
    pub task: Task,
    /// Its number among the task's files, from 0.
    pub n: usize,
    /// The file.
    pub file: File,
}

/// Puts on record where these files of a task are, which are kept.
///
/// # Errors
/// What the store answers; doing it again does what is left.
pub async fn note<P: Ports>(ports: &P, task: &Task, files: &[File]) -> Result<(), Error> {
    for (n, file) in files.iter().enumerate() {
        let Some(sha256) = &file.sha256 else { continue };
        if find(ports, sha256).await?.is_none() {
            ports.store().write(&keys::made(sha256), &links::result_name(task, n, file)).await?;
        }
    }
    Ok(())
}

/// The file that has these bytes; nothing where none was made here, or where it was deleted.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, sha256: &Digest) -> Result<Option<Made>, Error> {
    let Some(name) = ports.store().read(&keys::made(sha256)).await? else { return Ok(None) };
    Ok(named(ports, &name).await?.filter(|made| made.file.sha256.as_ref() == Some(sha256)))
}

/// The file of this name, as its URL has it; nothing where there is none, or where it was deleted.
///
/// # Errors
/// What the store answers.
pub async fn named<P: Ports>(ports: &P, name: &str) -> Result<Option<Made>, Error> {
    let Some((account, id, n, _)) = links::parse_result(name) else { return Ok(None) };
    let Some(task) = ports.store().load(&keys::task(&account, &id)).await? else { return Ok(None) };
    let TaskState::Delivered { files, .. } = &task.state else { return Ok(None) };
    let file = files.get(n).filter(|_| task.erased_at.is_none()).cloned();
    Ok(file.map(|file| Made { task, n, file }))
}

/// Takes these files of a task off the record.
///
/// # Errors
/// What the store answers; a repetition removes what is left.
pub async fn forget<P: Ports>(ports: &P, task: &Task, files: &[File]) -> Result<(), Error> {
    for (n, file) in files.iter().enumerate() {
        let Some(key) = file.sha256.as_ref().map(keys::made) else { continue };
        if ports.store().read(&key).await?.is_some_and(|name| name == links::result_name(task, n, file)) {
            ports.store().remove(&key).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
