//! What a provider may go on with although its task is not there any more, or is over: it is stopped there, and what it made removed.

use crate::{LostJob, Task, TaskState, Timestamp, Work};

impl Task {
    pub(crate) fn lost_here(&self) -> LostJob {
        let Self { provider, job, job_location, submitted_at, .. } = self.clone();
        LostJob { provider, job, job_location, submitted_at }
    }

    /// The task as each provider has it that may go on with it although nobody waits for that: where it ended here, and where it was lost.
    pub fn goes_on_as(&self) -> Vec<Self> {
        // No provider was asked to keep references.
        let asked = !matches!(self.work, Work::Reference { .. });
        let here = self.abandoned_at.filter(|_| asked).map(|_| self.clone());
        let lost = self.lost.clone().map(|LostJob { provider, job, job_location, submitted_at }| Self {
            provider,
            job,
            job_location,
            submitted_at,
            ..self.clone()
        });
        here.into_iter().chain(lost).collect()
    }

    /// Whether a provider may go on with it, or keep what it made, as far as is known.
    pub fn may_go_on(&self) -> bool {
        self.stopped_at.is_none() && !self.goes_on_as().is_empty()
    }

    /// The task once no provider goes on with it; nothing where none did.
    pub fn stopped(&self, now: Timestamp) -> Option<Self> {
        self.may_go_on().then(|| Self { stopped_at: Some(now), ..self.clone() })
    }

    /// The task after a provider reported what it made, by its id of the job where it is this one's; nothing where that was to be expected.
    pub fn goes_on_after_all(&self, job: Option<&str>) -> Option<Self> {
        let job = self.job.clone().or_else(|| job.map(str::to_owned));
        let is_news = self.stopped_at.is_some() || self.job != job;
        is_news.then(|| Self { stopped_at: None, job, ..self.clone() })
    }

    /// The task after it ended here in `state`, whatever its provider goes on to do; nothing when it had ended before.
    pub fn abandoned(&self, state: TaskState, now: Timestamp) -> Option<Self> {
        let ended = self.ended(state, now)?;
        // An outline was given to nobody: it is filled in before a provider is asked.
        Some(if self.is_outline() { ended } else { Self { abandoned_at: Some(now), stopped_at: None, ..ended } })
    }
}
