//! What providers may go on with of tasks that are over here: a job could make a model still.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Character, Task, TaskId, Timestamp};
use store::keys;

use super::outcome::Outcome;
use crate::stop::{self, Left};
use crate::{Error, Ports, funds};

/// Longest time for those that the sweep is about to look at: there is some left for everything else.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What was found, after each was looked at once.
#[derive(Debug, Default)]
pub(super) struct JobsLeft {
    /// The tasks that the sweep looks at until they are over.
    awaited: BTreeSet<TaskId>,
    /// How many are over now.
    stopped: usize,
    /// How many are not.
    left: usize,
    /// How many nobody can ask about any more.
    unknown: usize,
}

impl JobsLeft {
    /// Looks at those of a character that the sweep is about to look at.
    pub(super) async fn of<P: Ports>(ports: &P, character: &Character) -> Result<Self, Error> {
        let account = funds::document(ports, &character.account).await?;
        let (mut jobs, give_up_at) = (Self::default(), ports.now().plus(TIME_MAX));
        for id in account.stops.keys() {
            let task = ports.store().load(&keys::task(&account.id, id)).await?;
            if let Some(task) = task.filter(|task| task.work.character() == Some(&character.id)) {
                jobs.look(ports, &task, give_up_at).await?;
                jobs.awaited.insert(task.id);
            }
        }
        Ok(jobs)
    }

    /// Looks at what may go on of a task, unless that is done: where the sweep has given it up, it is asked about again.
    pub(super) async fn look<P: Ports>(&mut self, ports: &P, task: &Task, give_up_at: Timestamp) -> Result<(), Error> {
        if !task.may_go_on() || self.awaited.contains(&task.id) {
            return Ok(());
        }
        let counted = match stop::look(ports, task, give_up_at).await? {
            Left::Nothing => &mut self.stopped,
            Left::Something => &mut self.left,
            Left::Unknown => &mut self.unknown,
        };
        *counted = counted.saturating_add(1);
        Ok(())
    }

    /// What became of them, and of how many.
    pub(super) fn outcome(&self) -> (Outcome, usize) {
        let (left, count) = match (self.left, self.unknown) {
            (0, 0) => (Left::Nothing, self.stopped),
            (0, unknown) => (Left::Unknown, unknown),
            (left, _) => (Left::Something, left),
        };
        (Outcome::of_left(left).unwrap_or(if count == 0 { Outcome::None } else { Outcome::Deleted }), count)
    }
}
