//! Tasks: one job at a provider, the credits held for it, and the only ways it may move.
//!
//! | from | event | to |
//! |---|---|---|
//! | pending | the provider has the job, or reports anything about it | processing |
//! | pending, processing | the provider trained a model of no use before its weights are here | processing |
//! | pending, processing | the provider delivered | completed |
//! | pending, processing | refused, failed, lost, past its deadline | failed |
//! | pending, processing | its owner cancels it | canceled |
//! | pending, processing | the provider delivered, past the deadline | failed |
//! | completed, failed, canceled | anything | unchanged |
//!
//! A terminal task says by itself how its hold is settled, so settling can be repeated by anyone at any time.

mod files;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{
    AccountId, CharacterId, Credits, Failure, FailureCode, File, Generation, LostJob, Model, ProviderName, Run, TaskId,
    Timestamp, Training, price,
};

/// A task's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The task's id; the ledger knows its hold by it.
    pub id: TaskId,
    /// Who pays.
    pub account: AccountId,
    /// What is done.
    pub work: Work,
    /// Credits held when it began.
    pub cost: Credits,
    /// The provider that does it.
    pub provider: ProviderName,
    /// The provider's id of the job, once known.
    pub job: Option<String>,
    /// Where the provider keeps it, where that does not follow from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_location: Option<String>,
    /// How far it is.
    pub state: TaskState,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its provider was asked first.
    pub submitted_at: Timestamp,
    /// Whether its submission had no answer, so that its provider may have it, and its caller was told of it.
    #[serde(default)]
    pub unanswered: bool,
    /// Whether a provider was asked before this one. It may have it after all, so the task does not go back.
    #[serde(default)]
    pub passed_on: bool,
    /// Whether it was lost at one provider and begun again at another. Once is the most.
    #[serde(default)]
    pub retried: bool,
    /// The job that it was lost at then, or may have at a provider that was passed over: it may go on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostJob>,
    /// When the provider was last heard about it.
    pub heard_at: Timestamp,
    /// When the provider was last asked about it, whether or not it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// The model that its provider trained, where that is of no use before our copy of its weights is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<Model>,
    /// When its provider said for the first time that it does not know the job, and has not spoken of it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_at: Option<Timestamp>,
    /// When it ended here while a provider may go on with it, or keep what it made: that is to be stopped and removed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned_at: Option<Timestamp>,
    /// Since when it is known that no provider goes on with it or keeps what it made, where one might.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Timestamp>,
    /// How much of it the provider said is done, 0 to 100: the most it ever said, for a job can have several stages.
    #[serde(default)]
    pub progress_percent: u8,
    /// When it is given up.
    pub deadline: Timestamp,
    /// Where its owner wants to be told of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// Since when its files are not handed out, as they are to be taken down; nothing where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld_at: Option<Timestamp>,
    /// When what it made and what was asked of it were removed, with its character or by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Train a character's model.
    Training(Training),
    /// Keep a character's photos as references. No provider is asked.
    Reference {
        /// The character.
        character: CharacterId,
    },
    /// Make pictures of a character.
    Generation(Generation),
    /// Whatever a model of the catalogue does.
    Run(Run),
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TaskState {
    /// Accepted here; not known to be accepted by the provider.
    Pending,
    /// The provider has it.
    Processing,
    /// Done: a model was trained.
    #[strum(serialize = "completed")]
    Trained {
        /// The trained model.
        model: Model,
    },
    /// Done: photos are kept as references.
    #[strum(serialize = "completed")]
    Referenced,
    /// Done: files were delivered, and are kept here.
    #[strum(serialize = "completed")]
    Delivered {
        /// The files; at most as many as asked for, at least one. Songs' covers follow after the songs.
        files: Vec<File>,
        /// Since when they can be fetched.
        at: Timestamp,
    },
    /// Given up; the hold is released.
    Failed {
        /// Why.
        error: Failure,
    },
    /// Canceled by its owner; the hold is released.
    Canceled,
}

/// What becomes of a terminal task's hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// This much is charged; what was held beyond it goes back.
    Capture(Credits),
    /// All of it goes back.
    Release,
}

/// What was heard of a task's job, while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobUpdate<'a> {
    /// The provider's id of it.
    pub job: &'a str,
    /// Where the provider keeps it, if it said so.
    pub location: Option<&'a str>,
    /// How much of it is done, 0 to 100, if it said so.
    pub progress_percent: Option<u8>,
}

impl TaskState {
    /// The state as the API writes it.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }

    /// Whether nothing can change it any more.
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }
}

impl Work {
    /// The character that is trained or pictured, where it is about one.
    pub const fn character(&self) -> Option<&CharacterId> {
        match self {
            Self::Training(Training { character, .. })
            | Self::Reference { character }
            | Self::Generation(Generation { character, .. }) => Some(character),
            Self::Run(run) => run.character.as_ref(),
        }
    }

    /// The work without what it was asked.
    fn erased(&self) -> Self {
        match self {
            Self::Training(training) => Self::Training(training.erased()),
            Self::Reference { .. } => self.clone(),
            Self::Generation(generation) => {
                Self::Generation(Generation { prompt: String::new(), ..generation.clone() })
            }
            Self::Run(run) => Self::Run(run.erased()),
        }
    }
}

impl Task {
    /// A task that was just accepted. Whoever is asked first puts its provider's name in.
    pub const fn new(
        id: TaskId,
        account: AccountId,
        work: Work,
        cost: Credits,
        now: Timestamp,
        deadline: Timestamp,
        webhook_url: Option<String>,
    ) -> Self {
        Self {
            id,
            account,
            work,
            cost,
            provider: ProviderName::Replicate,
            job: None,
            job_location: None,
            state: TaskState::Pending,
            created_at: now,
            submitted_at: now,
            unanswered: false,
            passed_on: false,
            retried: false,
            lost: None,
            heard_at: now,
            asked_at: None,
            trained: None,
            missing_at: None,
            abandoned_at: None,
            stopped_at: None,
            progress_percent: 0,
            deadline,
            webhook_url,
            withheld_at: None,
            erased_at: None,
        }
    }

    /// How the hold is settled; nothing while the task runs.
    pub fn settlement(&self) -> Option<Settlement> {
        match &self.state {
            TaskState::Pending | TaskState::Processing => None,
            TaskState::Trained { .. } | TaskState::Referenced => Some(Settlement::Capture(self.cost)),
            TaskState::Delivered { files, .. } => Some(Settlement::Capture(match &self.work {
                // Charged as delivered, and never more than was held and told.
                Work::Generation(_) => price::pictures(files.len()).min(self.cost),
                Work::Training(_) | Work::Reference { .. } | Work::Run(_) => self.cost,
            })),
            TaskState::Failed { .. } | TaskState::Canceled => Some(Settlement::Release),
        }
    }

    /// The task after the provider was heard to have the job; nothing when it is over, or when this is another job.
    pub fn updated(&self, update: JobUpdate<'_>, now: Timestamp) -> Option<Self> {
        let JobUpdate { job, location, progress_percent } = update;
        self.open_for(job).then(|| Self {
            job: Some(job.to_owned()),
            job_location: location.map(str::to_owned).or_else(|| self.job_location.clone()),
            state: TaskState::Processing,
            heard_at: now,
            missing_at: None,
            progress_percent: self.progress_percent.max(progress_percent.unwrap_or(0).min(100)),
            ..self.clone()
        })
    }

    /// The task after its provider said what it trained, as long as the weights are not here; nothing when it is over, when this is another
    /// job or another provider's, or when that is known.
    pub fn awaiting_weights(&self, job: &str, model: Model, now: Timestamp) -> Option<Self> {
        let is_news = self.open_for(job) && self.provider == model.provider && self.trained.is_none();
        let heard = self.updated(JobUpdate { job, ..JobUpdate::default() }, now).filter(|_| is_news)?;
        Some(Self { trained: Some(model), ..heard })
    }

    /// The task given to another provider after this one certainly did not take it; nothing when it is over.
    pub fn reassigned(&self, to: ProviderName, now: Timestamp) -> Option<Self> {
        (!self.state.is_terminal()).then(|| Self {
            provider: to,
            job: None,
            job_location: None,
            state: TaskState::Pending,
            submitted_at: now,
            unanswered: false,
            passed_on: true,
            heard_at: now,
            asked_at: None,
            trained: None,
            missing_at: None,
            progress_percent: 0,
            ..self.clone()
        })
    }

    /// The task given to another provider although this one may have taken it, and is stopped there; nothing when it is over, or was lost before.
    pub fn passed_over(&self, to: ProviderName, now: Timestamp) -> Option<Self> {
        let reassigned = self.reassigned(to, now).filter(|_| self.lost.is_none())?;
        Some(Self { lost: Some(self.lost_here()), stopped_at: None, ..reassigned })
    }

    /// The task after its submission had no answer; nothing when it is over or its provider was heard of meanwhile.
    pub fn left_unanswered(&self) -> Option<Self> {
        (self.state == TaskState::Pending).then(|| Self { unanswered: true, ..self.clone() })
    }

    /// The task begun again at another provider after it was lost at this one, a training with all of its time; nothing when it is over
    /// or was begun again before, or when it was maybe never submitted: then its caller may have been told that nothing came of it.
    pub fn retried(&self, at: ProviderName, now: Timestamp) -> Option<Self> {
        let deadline = match self.work {
            Work::Training(_) => now.plus(self.deadline.since(self.submitted_at)),
            // Somebody waits for it.
            Work::Reference { .. } | Work::Generation(_) | Work::Run(_) => self.deadline,
        };
        let may_be_there = self.job.is_some() || self.unanswered;
        let reassigned = self.reassigned(at, now).filter(|_| may_be_there && !self.retried && !self.passed_on)?;
        Some(Self { retried: true, lost: Some(self.lost_here()), stopped_at: None, deadline, ..reassigned })
    }

    /// The task as its provider is asked about it; nothing when it is over, or when that was done less than `every` ago.
    pub fn asked(&self, every: Duration, now: Timestamp) -> Option<Self> {
        // One in the future was written by a clock that was wrong.
        let lately = self.asked_at.is_some_and(|at| at <= now && now.since(at) < every);
        (!self.state.is_terminal() && !lately).then(|| Self { asked_at: Some(now), ..self.clone() })
    }

    /// The task after its provider said that it does not know the job; nothing when it said so before, or when the task is over.
    pub fn missed(&self, now: Timestamp) -> Option<Self> {
        let first = !self.state.is_terminal() && self.missing_at.is_none();
        first.then(|| Self { missing_at: Some(now), ..self.clone() })
    }

    /// The task after it ended in `state`; nothing when it had ended before: the first end counts. What is delivered past the deadline
    /// comes too late: the task failed by then.
    pub fn ended(&self, state: TaskState, now: Timestamp) -> Option<Self> {
        let delivers = matches!(state, TaskState::Trained { .. } | TaskState::Referenced | TaskState::Delivered { .. });
        if delivers && now >= self.deadline {
            return self.abandoned(self.too_late(), now);
        }
        (!self.state.is_terminal() && state.is_terminal()).then(|| Self { state, heard_at: now, ..self.clone() })
    }

    /// How a task ends that is past its deadline.
    pub fn too_late(&self) -> TaskState {
        let message = "It took too long and was given up; your credits were given back".to_owned();
        TaskState::Failed { error: Failure { code: self.failure_code(), message } }
    }

    /// The task as it is written before its credits are held: nobody finds it where it comes no further, so what it is asked is not in it.
    /// A training is as it is: the queue of its photos knows it.
    #[must_use]
    pub fn outline(&self) -> Self {
        match self.work {
            Work::Generation(_) | Work::Run(_) => Self { work: self.work.erased(), ..self.clone() },
            Work::Training(_) | Work::Reference { .. } => self.clone(),
        }
    }

    /// Whether it is an outline still, of a kind that is filled in.
    pub fn is_outline(&self) -> bool {
        matches!(self.work, Work::Generation(_) | Work::Run(_)) && self.work == self.work.erased()
    }

    /// The task with what it is asked, once its credits are held; nothing when it is over.
    pub fn filled_in(&self, work: &Work) -> Option<Self> {
        (!self.state.is_terminal()).then(|| Self { work: work.clone(), ..self.clone() })
    }

    /// Whether a report about this provider job may move the task: it runs, and no other job was recorded for it.
    pub fn open_for(&self, job: &str) -> bool {
        !self.state.is_terminal() && self.job.as_deref().is_none_or(|known| known == job)
    }

    /// What a failure of this task is called.
    pub const fn failure_code(&self) -> FailureCode {
        match self.work {
            Work::Training(_) | Work::Reference { .. } => FailureCode::TrainingFailed,
            Work::Generation(_) | Work::Run(_) => FailureCode::GenerationFailed,
        }
    }
}

#[cfg(test)]
mod tests;
