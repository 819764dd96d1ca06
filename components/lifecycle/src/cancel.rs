//! Ending a task here while its provider may go on with it. The first end counts: what was delivered by then is charged.

use domain::{Task, TaskState};

use crate::{Error, Ports, jobs, settle};

/// Cancels a task for its owner, unless it has ended.
///
/// # Errors
/// What the store answers; canceling again does what is left.
pub async fn cancel<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    abandon(ports, task, TaskState::Canceled).await
}

/// Gives a task up that is past its deadline, unless it has ended.
///
/// # Errors
/// What the store answers; giving it up again does what is left.
pub async fn give_up<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    let end = task.too_late();
    abandon(ports, task, end).await
}

/// Ends a task, and then asks its provider to stop: at once, if that is for now, and in any case in the sweep until it has.
async fn abandon<P: Ports>(ports: &P, task: Task, end: TaskState) -> Result<Task, Error> {
    let running = !task.state.is_terminal();
    let ended = settle::abandon(ports, &task, end.clone()).await?;
    if running && ended.state == end && ports.acts_at_once() {
        match jobs::configured(ports, ended.provider) {
            Ok(provider) => jobs::cancel(ports, &*provider, &ended).await,
            Err(error) => ports.log(&error.to_string()),
        }
    }
    Ok(ended)
}
