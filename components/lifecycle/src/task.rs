//! The stored task, changed by compare-and-swap and never by a provider that does not have it any more.

use domain::{Task, Timestamp};
use store::{Decision, keys};

use crate::{Error, Ports};

/// The stored task after it was to be changed.
pub enum Changed {
    /// As this change made it.
    Applied(Task),
    /// As it was and is: this change was none to make.
    Unchanged(Task),
}

impl Changed {
    /// The task, whoever made it so.
    pub fn task(self) -> Task {
        let (Self::Applied(task) | Self::Unchanged(task)) = self;
        task
    }
}

/// Changes the stored task as `next` says, unless it went to another provider meanwhile.
///
/// # Errors
/// What the store answers.
pub async fn change<P: Ports>(
    ports: &P,
    task: &Task,
    next: impl Fn(&Task, Timestamp) -> Option<Task>,
) -> Result<Changed, Error> {
    apply(ports, task, &next).await
}

/// The same, compiled once and not for every change.
async fn apply<P: Ports>(
    ports: &P,
    task: &Task,
    next: &dyn Fn(&Task, Timestamp) -> Option<Task>,
) -> Result<Changed, Error> {
    let now = ports.now();
    let key = keys::task(&task.account, &task.id);
    let update = ports.store().update(&key, |current: &Task| {
        let here = current.provider == task.provider;
        match Some(current).filter(|_| here).and_then(|current| next(current, now)) {
            Some(next) => Decision::Write(next.clone(), Changed::Applied(next)),
            None => Decision::Keep(Changed::Unchanged(current.clone())),
        }
    });
    Ok(update.await?)
}
