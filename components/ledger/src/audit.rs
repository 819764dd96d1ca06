//! Whether an account's entries and its tasks tell the same story.

use std::time::Duration;

use domain::{Change, Credits, Entry, Hold, Settlement, Task, TaskId, Timestamp};

/// How long after its deadline, or after its end, a task may still have its hold: what a sweep every few minutes needs.
pub const OVERDUE_AFTER: Duration = Duration::from_mins(30);

/// A task and its credits do not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Credits were moved for a task that is not there.
    #[error("{task} has credits and does not exist")]
    NoTask {
        /// The task.
        task: TaskId,
    },
    /// A hold is open that should have been settled.
    #[error("{task} holds {amount} credits since {since} and should long be settled")]
    Overdue {
        /// The task.
        task: TaskId,
        /// What is held.
        amount: Credits,
        /// Since when.
        since: Timestamp,
    },
    /// A task was charged or released otherwise than its end says.
    #[error("entry {seq} settles {task} otherwise than it ended")]
    Settled {
        /// The entry.
        seq: u64,
        /// The task.
        task: TaskId,
    },
}

/// Checks an open hold against its task.
pub fn hold(id: &TaskId, hold: &Hold, task: Option<&Task>, now: Timestamp) -> Option<Disagreement> {
    let Some(task) = task else { return Some(Disagreement::NoTask { task: id.clone() }) };
    let due = if task.state.is_terminal() { task.heard_at } else { task.deadline };
    (now.since(due) >= OVERDUE_AFTER).then(|| Disagreement::Overdue {
        task: id.clone(),
        amount: hold.amount,
        since: hold.since,
    })
}

/// The task an entry settled, if it settled one.
pub const fn settled_task(entry: &Entry) -> Option<&TaskId> {
    match &entry.change {
        Change::Capture { task } | Change::Release { task } => Some(task),
        Change::Grant { .. } | Change::AdjustUp { .. } | Change::AdjustDown { .. } | Change::Hold { .. } => None,
    }
}

/// Checks an entry that settled a task against that task.
pub fn settlement(entry: &Entry, task: Option<&Task>) -> Option<Disagreement> {
    let id = settled_task(entry)?;
    let charged = matches!(entry.change, Change::Capture { .. });
    let told = if charged { Settlement::Capture(entry.amount) } else { Settlement::Release };
    match task.map(Task::settlement) {
        Some(Some(ended)) if ended == told => None,
        Some(_) => Some(Disagreement::Settled { seq: entry.seq, task: id.clone() }),
        // A task that was refused its credits is removed; one that had them is not.
        None => Some(Disagreement::NoTask { task: id.clone() }),
    }
}
