//! What a provider keeps of a job that is over: removed there where it lets us, and told of where it does not.

use domain::{ProviderName, Task, Timestamp};
use provider::Error;

use super::outcome::Outcome;
use crate::{Ports, jobs};

/// What is kept of some jobs, after as much was removed as can be.
#[derive(Debug, Default)]
pub(super) struct Kept {
    removed: usize,
    until: Option<(Timestamp, ProviderName)>,
    failed: Option<ProviderName>,
}

impl Kept {
    /// Removes what is kept of a task's job.
    pub(super) async fn remove<P: Ports>(&mut self, ports: &P, task: &Task, give_up_at: Timestamp) {
        let (name, now) = (task.provider, ports.now());
        let Ok(provider) = jobs::configured(ports, name) else { return };
        let kept = provider.jobs_kept(jobs::kind(task)).zip(jobs::job_of(task));
        let Some((until, job)) = kept.map(|(time, job)| (task.heard_at.plus(time), job)) else { return };
        if now >= until {
            return;
        }
        if now >= give_up_at {
            self.failed = Some(name);
            return;
        }
        match jobs::converse(ports, provider.delete_job(&job)).await.map_err(|failed| failed.error) {
            Ok(()) | Err(Error::NotFound) => self.removed = self.removed.saturating_add(1),
            Err(Error::NotOffered) => self.until = self.until.max(Some((until, name))),
            Err(error) => {
                ports.log(&format!("what {} was given and made stays at {name}: {error}", task.id));
                self.failed = Some(name);
            }
        }
    }

    /// What became of it; nothing where there was nothing that is known to be kept.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        let remains = |reason, again| Some(Outcome::Remains { reason, again });
        match (self.failed, self.until) {
            (Some(name), _) => remains(format!("{name} did not delete it now; send this request again"), true),
            (None, Some((until, name))) => {
                let reason =
                    format!("{name} deletes it for an admin key only; without one it expires there, by {until}");
                remains(reason, false)
            }
            (None, None) if self.removed > 0 => Some(Outcome::Deleted),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{AccountId, CharacterId, Credits, TaskId, TaskState, Training, Work};

    use super::*;
    use crate::testing::{World, run};

    const DAY: Duration = Duration::from_hours(24);

    /// What becomes of a training's job at fal, so long after its end, with this key, answered so.
    fn outcome(admin_key: &str, after: Duration, answers: &[u16]) -> (Option<Outcome>, usize) {
        let world = World::new(&[("providers", "fal"), ("fal_key", "id:secret"), ("fal_admin_key", admin_key)]);
        for status in answers {
            world.answers(*status, "{}");
        }
        let (id, account) = (TaskId::from_random([1; 16]), AccountId::from_random([1; 16]));
        let character = CharacterId::from_random([2; 16]);
        let work = Work::Training(Training::of(character));
        let task = Task::new(id, account, work, Credits::ZERO, world.now(), world.now(), None);
        let (provider, job) = (ProviderName::Fal, Some("abc".to_owned()));
        let task = Task { provider, job, state: TaskState::Canceled, ..task };
        world.later(after);
        let mut kept = Kept::default();
        run(kept.remove(&world, &task, world.now().plus(DAY)));
        (kept.outcome(), world.asked())
    }

    #[test]
    fn what_fal_keeps_of_a_job_is_removed_with_an_admin_key() {
        for status in [204, 404] {
            assert!(matches!(outcome("id:admin", DAY, &[status]), (Some(Outcome::Deleted), 1)), "{status}");
        }
        let (failed, _) = outcome("id:admin", DAY, &[500]);
        assert!(matches!(failed, Some(Outcome::Remains { again: true, .. })), "{failed:?}");
    }

    #[test]
    fn without_a_key_it_is_told_until_when_it_stays() {
        let (Some(Outcome::Remains { reason, again: false }), 0) = outcome("", DAY, &[]) else { panic!("no remains") };
        let until = Timestamp::from_millis(1_800_000_000_000).plus(30 * DAY);
        assert!(reason.ends_with(&format!("by {until}")), "{reason}");
        assert!(matches!(outcome("", 30 * DAY, &[]), (None, 0)), "it is gone by then");
    }
}
