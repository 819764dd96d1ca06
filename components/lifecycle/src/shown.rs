//! What may be shown of tasks: nothing that they made where their character is suspended, or where it is to be taken down.

use std::collections::BTreeMap;

use domain::{AccountId, CharacterId, Suspension, Task, TaskState};
use store::keys;

use crate::{Error, Ports};

/// Since when a character is suspended, and why; also of one that was deleted since. Nothing where it is not, or is not there.
///
/// # Errors
/// What the store answers.
pub async fn suspension<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &CharacterId,
) -> Result<Option<Suspension>, Error> {
    let character = ports.store().load(&keys::character(account, id)).await?;
    Ok(character.and_then(|character| character.suspended))
}

/// A task as it may be shown and told of: where its character is suspended, or its files are to be taken down, like one that was erased.
///
/// # Errors
/// What the store answers.
pub async fn task<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    let Some(id) = pictured(&task) else { return Ok(without(task, None)) };
    let suspension = suspension(ports, &task.account, id).await?;
    Ok(without(task, suspension))
}

/// The same of several tasks; each character is looked at once.
///
/// # Errors
/// What the store answers.
pub async fn tasks<P: Ports>(ports: &P, tasks: Vec<Task>) -> Result<Vec<Task>, Error> {
    let mut known: BTreeMap<CharacterId, Option<Suspension>> = BTreeMap::new();
    let mut shown = Vec::new();
    for task in tasks {
        if let Some(id) = pictured(&task).filter(|id| !known.contains_key(*id)).cloned() {
            let suspension = suspension(ports, &task.account, &id).await?;
            known.insert(id, suspension);
        }
        let suspended = pictured(&task).and_then(|id| known.get(id)).copied().flatten();
        shown.push(without(task, suspended));
    }
    Ok(shown)
}

/// The character that a task made pictures of.
fn pictured(task: &Task) -> Option<&CharacterId> {
    task.work.character().filter(|_| matches!(task.state, TaskState::Delivered { .. }))
}

fn without(task: Task, suspended: Option<Suspension>) -> Task {
    let since = suspended.map(|suspension| suspension.at).or(task.withheld_at);
    Task { erased_at: task.erased_at.or(since), ..task }
}
