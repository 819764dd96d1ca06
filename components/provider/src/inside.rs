//! The provider inside: what accounts for tests are served by, on every deployment. It asks nobody and costs nothing.
//!
//! A job is all in its id, which says what it makes, since when, and what is to go wrong ([`TestJob`]). So nothing is kept, and how a job is
//! follows from its id and the time.

mod config;
mod film;
mod job;
mod picture;
mod song;

pub(crate) use config::{CALLBACK_SETTINGS, CONFIGURED, SETTINGS, TRAINER_SETTINGS};
pub use config::{Config, Misconfigured};
pub use job::{Disaster, Made, TestJob};

use std::time::Duration;

use domain::{Format, Timestamp};
use http::HeaderMap;
use webhook::InvalidSignature;

use crate::exchange::{Answered, NotOffered};
use crate::{
    Conversation, Error, GenerationJob, Job, JobRef, JobState, JobsKept, Kind, Provider, Request, RunJob, Sought,
    TrainingJob,
};

/// How long it keeps what it trained: there is nothing to keep, so it does not end.
pub(crate) const MODELS_KEPT: Duration = Duration::MAX;
/// How long it keeps what a job was given and made: likewise, not at all.
pub(crate) const JOBS_KEPT: JobsKept = JobsKept {
    who: "Nobody: what is ordered with a key for tests is made here",
    training: Duration::ZERO,
    other: Duration::ZERO,
    removed: "It keeps nothing.",
};

/// The provider inside, at some time.
#[derive(Debug, Clone, Copy)]
pub struct Inside {
    now: Timestamp,
}

impl Inside {
    /// The provider as it is now.
    pub const fn new(now: Timestamp) -> Self {
        Self { now }
    }

    /// A job, as it was ordered, if it is one of this provider's and may be known still.
    fn known(self, job: &JobRef) -> Result<TestJob, Error> {
        TestJob::from_id(&job.id).filter(|job| job.is_known_at(self.now)).ok_or(Error::NotFound)
    }
}

impl Provider for Inside {
    // What it is asked for is a `TestJob`, which starts itself. So a real order cannot come here, nor one for tests to anybody else.

    fn start_training(&self, _: &TrainingJob) -> Conversation<Job> {
        Box::new(NotOffered::new())
    }

    fn start_generation(&self, _: &GenerationJob) -> Conversation<Job> {
        Box::new(NotOffered::new())
    }

    fn ignored(&self, job: &GenerationJob) -> Vec<&'static str> {
        let scale = job.lora_scale_percent.map(|_| "lora_scale");
        let format = job.output_format.filter(|format| *format != Format::Png).map(|_| "output_format");
        scale.into_iter().chain(format).collect()
    }

    fn start_run(&self, _: &RunJob) -> Conversation<Job> {
        Box::new(NotOffered::new())
    }

    fn status(&self, _: Kind, job: &JobRef) -> Conversation<Job> {
        Box::new(Answered::with(self.known(job).map(|job| job.at(self.now))))
    }

    fn cancel(&self, _: Kind, job: &JobRef) -> Conversation<Job> {
        let canceled = |job: TestJob| Job { state: JobState::Canceled, progress_percent: None, ..job.at(self.now) };
        Box::new(Answered::with(self.known(job).map(canceled)))
    }

    fn find(&self, _: &Sought) -> Conversation<Option<Job>> {
        // Whoever orders here is told the id within the same step: one who was not has ordered nothing.
        Box::new(Answered::with(Ok(None)))
    }

    fn delete_model(&self, _: &str) -> Conversation<()> {
        Box::new(Answered::with(Ok(())))
    }

    fn delete_job(&self, _: &JobRef) -> Conversation<()> {
        Box::new(Answered::with(Ok(())))
    }

    fn callback_keys(&self) -> Option<Request> {
        None
    }

    fn verify_callback(&self, _: &HeaderMap, _: &[u8], _: &[u8], _: Timestamp) -> Result<(), InvalidSignature> {
        // It reports nothing: whoever does so in its name is somebody else.
        Err(InvalidSignature::NoSecret)
    }

    fn parse_callback(&self, _: &[u8]) -> Result<Job, Error> {
        Err(Error::Malformed("job"))
    }

    fn output_allowed(&self, url: &str) -> bool {
        url.starts_with("data:")
    }
}

#[cfg(test)]
mod tests;
