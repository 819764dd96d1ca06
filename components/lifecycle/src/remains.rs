//! Removes what the store keeps of a task: its results, what it was asked for, and the stored answer to its request.

use domain::{AccountId, Change, Character, Digest, Entry, Operation, Task, TaskState, Work};
use serde::de::IgnoredAny;
use store::{Decision, keys};

use crate::{Error, Ports, alike, blobs, claims, made};

/// Whether a task was deleted, or the character that it is about.
///
/// # Errors
/// What the store answers.
pub async fn is_deleted<P: Ports>(ports: &P, task: &Task) -> Result<bool, Error> {
    let Some(character) = undeleted(ports, task).await? else { return Ok(true) };
    Ok(character.is_some_and(|character| character.is_deleted()))
}

/// The character that a task is about, where there is one; nothing at all where the task itself was deleted.
async fn undeleted<P: Ports>(ports: &P, task: &Task) -> Result<Option<Option<Character>>, Error> {
    let stored = ports.store().load(&keys::task(&task.account, &task.id)).await?;
    if stored.is_some_and(|stored| stored.erased_at.is_some()) {
        return Ok(None);
    }
    let Some(id) = task.work.character() else { return Ok(Some(None)) };
    Ok(Some(ports.store().load(&keys::character(&task.account, id)).await?))
}

/// Whether nothing may begin with a task any more: it was deleted, or the character that it is about was, or is suspended.
///
/// # Errors
/// What the store answers.
pub async fn is_closed<P: Ports>(ports: &P, task: &Task) -> Result<bool, Error> {
    let Some(character) = undeleted(ports, task).await? else { return Ok(true) };
    Ok(character.is_some_and(|character| character.is_closed()))
}

/// Whether a task has ended, as it is stored.
///
/// # Errors
/// What the store answers.
pub async fn is_over<P: Ports>(ports: &P, task: &Task) -> Result<bool, Error> {
    let stored = ports.store().load(&keys::task(&task.account, &task.id)).await?;
    Ok(stored.is_none_or(|stored| stored.state.is_terminal()))
}

/// Removes what a task made and, once it has ended, what it was asked; says how many files there were.
///
/// # Errors
/// What the store or the bucket answers; a repetition removes what is left.
pub async fn remove<P: Ports>(ports: &P, task: &Task) -> Result<usize, Error> {
    for n in 0..files_max(&task.work) {
        blobs::remove(ports, &keys::result(&task.account, &task.id, n)).await?;
    }
    if let TaskState::Delivered { files, .. } = &task.state {
        made::forget(ports, task, files).await?;
        alike::forget(ports, task).await?;
    }
    let (key, now) = (keys::task(&task.account, &task.id), ports.now());
    let update = ports.store().update(&key, |current: &Task| match current.erased(now) {
        Some(erased) => Decision::Write(erased, Some(current.clone())),
        None => Decision::Keep(None),
    });
    // What the sweep has looked at meanwhile.
    if let Some(seen) = update.await?.filter(|seen| seen.state != task.state) {
        alike::forget(ports, &seen).await?;
    }
    Ok(match &task.state {
        TaskState::Delivered { files, .. } if task.erased_at.is_none() => files.len(),
        _ => 0,
    })
}

/// Removes the stored answer to the request whose hold this entry is, and says how many there were: none, or one.
///
/// # Errors
/// What the store answers.
pub async fn answers<P: Ports>(ports: &P, account: &AccountId, entry: &Entry) -> Result<usize, Error> {
    let Some(Operation { id, .. }) = request(entry) else { return Ok(0) };
    let there = ports.store().read(&keys::answer::<IgnoredAny>(account, id)).await?;
    answer(ports, account, id).await?;
    Ok(usize::from(there.is_some()))
}

/// Removes what is kept of the request whose hold this entry is, if it had a name: it does not count any more.
///
/// # Errors
/// What the store answers.
pub async fn forget_request<P: Ports>(ports: &P, account: &AccountId, entry: &Entry) -> Result<(), Error> {
    let Some(Operation { id, .. }) = request(entry) else { return Ok(()) };
    answer(ports, account, id).await?;
    Ok(ports.store().remove(&keys::request(account, id, entry.at)).await?)
}

/// The request with a name whose hold this entry is.
fn request(entry: &Entry) -> Option<&Operation> {
    entry.operation.as_ref().filter(|_| matches!(entry.change, Change::Hold { .. }))
}

/// Removes the stored answer to the request with this name. A later use of the name has its own answer there; without it, that is made again
/// from its task.
async fn answer<P: Ports>(ports: &P, account: &AccountId, name: &Digest) -> Result<(), Error> {
    Ok(ports.store().remove(&keys::answer::<()>(account, name)).await?)
}

/// Removes the stored answer to a request whose task was deleted, or its character, while it was under way: the deletion may have looked for the
/// answer before it was stored. To be called after that.
///
/// # Errors
/// What the store answers.
pub async fn answer_of_the_deleted<P: Ports>(
    ports: &P,
    account: &AccountId,
    operation: &Operation,
) -> Result<(), Error> {
    let Some(claimed) = claims::find(ports, account, operation).await? else { return Ok(()) };
    let Some(task) = ports.store().load(&keys::task(account, &claimed.task)).await? else { return Ok(()) };
    if is_deleted(ports, &task).await? {
        answer(ports, account, &operation.id).await?;
    }
    Ok(())
}

/// How many files there can be of a task: more may have been copied than were delivered, before it failed, or from another report.
pub fn files_max(work: &Work) -> usize {
    match work {
        Work::Training(_) | Work::Reference { .. } => 0,
        Work::Generation(generation) => generation.num_outputs.into(),
        // A song has a cover.
        Work::Run(run) => usize::from(run.count).saturating_mul(2),
    }
}
