//! Canceling a task for its owner: the first end counts, so what was delivered by then is charged.

use domain::{Task, TaskState};

use crate::{Error, Ports, jobs, settle};

/// Cancels a task unless it has ended, and then asks its provider to stop.
///
/// # Errors
/// What the store answers; canceling again does what is left.
pub async fn cancel<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    let running = !task.state.is_terminal();
    let ended = settle::abandon(ports, &task, TaskState::Canceled).await?;
    if running && ended.state == TaskState::Canceled {
        match jobs::configured(ports.config(), ended.provider) {
            Ok(provider) => jobs::cancel(ports, &*provider, &ended).await,
            Err(error) => ports.log(&error.to_string()),
        }
    }
    Ok(ended)
}
