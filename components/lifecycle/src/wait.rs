//! Waiting for a task with its caller, and answering for it: now, later, or again.

use std::time::Duration;

use domain::{AccountId, Credits, Task, TaskId, Timestamp};
use store::keys;

use crate::{Error, Ports, funds, refresh, settle};

/// How often a waiting request looks whether the callback has come.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long a waiting request goes without a word before it asks the provider itself.
const ASK_AFTER: Duration = Duration::from_secs(5);

/// Waits until the task ends, at its deadline if not before, or until `give_up_at`. The work is under way: a store that fails meanwhile is
/// asked again, and where it fails to the end, the caller gets the task as it was last seen.
pub async fn wait<P: Ports>(ports: &P, mut task: Task, give_up_at: Option<Timestamp>) -> Task {
    while !task.state.is_terminal() && give_up_at.is_none_or(|at| ports.now() < at) {
        ports.sleep(LOOK_EVERY).await;
        match look(ports, &task).await {
            Ok(current) => task = current,
            Err(error) => {
                ports.log(&format!("{} is looked for again: {error}", task.id));
                if ports.now() >= task.deadline {
                    break;
                }
            }
        }
    }
    task
}

async fn look<P: Ports>(ports: &P, task: &Task) -> Result<Task, Error> {
    let current = ports.store().load(&keys::task(&task.account, &task.id)).await?;
    refresh::refresh(ports, current.unwrap_or_else(|| task.clone()), ASK_AFTER).await
}

/// The task that an earlier request began, brought up to date, and the account's balance.
///
/// # Errors
/// What the store answers.
pub async fn resume<P: Ports>(ports: &P, account: &AccountId, id: &TaskId) -> Result<(Task, Credits), Error> {
    let task = ports.store().load(&keys::task(account, id)).await?;
    let task = task.ok_or_else(|| Error::internal(format!("{id} was held for and is not there")))?;
    let task = refresh::refresh(ports, task, ASK_AFTER).await?;
    Ok((task, funds::load(ports, account).await?.balance))
}

/// The account's balance once a task that ended is settled; `balance` is it as far as it is known already.
pub async fn balance<P: Ports>(ports: &P, task: &Task, balance: Credits) -> Credits {
    // Whoever ended the task may have died before settling it. Should that fail again, what is told is still what will be charged.
    match settle::settle(ports, task).await {
        Ok(Some(funds)) => funds.balance,
        Ok(None) => balance,
        Err(error) => {
            ports.log(&format!("{} is settled later: {error}", task.id));
            balance
        }
    }
}
