//! GPU providers, sans-IO: requests built, responses and callbacks parsed.
//!
//! Nothing here sends, waits or reads a clock. What takes a conversation with a provider is an [`Exchange`]: it names a
//! request, whoever drives it brings the answer, and it names the next one or is done. A provider is a folder with a
//! [`Provider`] and its settings in it, and a line in the [`registry`]; what they all promise is said here once.

pub mod account;
mod cog;
mod endpoint;
mod error;
mod exchange;
mod fal;
mod file_host;
mod inside;
mod job;
mod prediction;
mod progress;
pub mod registry;
mod replicate;
mod sought;
#[cfg(test)]
mod testing;
mod text;
mod throttle;

pub use cog::{Cog, Config as CogConfig, Misconfigured as CogMisconfigured};
pub use error::Error;
pub use exchange::{Conversation, Exchange, Request, Response, Step, Transport, not_offered};
pub use fal::{Config as FalConfig, Fal, Misconfigured as FalMisconfigured};
pub use inside::{Config as InsideConfig, Disaster, Inside, Made, Misconfigured as InsideMisconfigured, TestJob};
pub use job::{
    FailureKind, GenerationJob, Job, JobFailure, JobRef, JobState, JobsKept, Kind, Model, Output, RunJob, TrainingJob,
};
pub use replicate::{Config as ReplicateConfig, Misconfigured as ReplicateMisconfigured, Replicate};
pub use sought::{Mark, Proof, Sought};

use std::time::Duration;

use domain::Timestamp;
use http::HeaderMap;
use webhook::InvalidSignature;

/// Whether an output may be fetched from `url` because a model's own hosts are there: `https://host`, or `https://*.host`.
pub fn is_at_any(hosts: &[String], url: &str) -> bool {
    file_host::FileHost::any_has(hosts, url)
}

/// A service that trains models and generates pictures with them.
pub trait Provider {
    /// Submits a training.
    fn start_training(&self, job: &TrainingJob) -> Conversation<Job>;

    /// Submits the generation of pictures with a trained model.
    fn start_generation(&self, job: &GenerationJob) -> Conversation<Job>;

    /// The names of what is asked for that this provider has no place for, or takes less of: `seed`, `lora_scale` or `output_format`.
    fn ignored(&self, _job: &GenerationJob) -> Vec<&'static str> {
        Vec::new()
    }

    /// Submits a run of any model. [`Error::NotFound`] for a name that no model can have.
    fn start_run(&self, job: &RunJob) -> Conversation<Job>;

    /// Asks how a job is. [`Error::NotFound`] when the provider does not know it.
    fn status(&self, kind: Kind, job: &JobRef) -> Conversation<Job>;

    /// Asks to stop a job; it may be over already, as the answer tells.
    fn cancel(&self, kind: Kind, job: &JobRef) -> Conversation<Job>;

    /// Looks for the job whose submission was lost.
    ///
    /// `None` is certain: the provider has no such job. It is [`Error::Unavailable`] when that is not known: there are too many to look at,
    /// or several that could be the one. It is [`Error::NotOffered`] when the provider keeps no list.
    fn find(&self, sought: &Sought) -> Conversation<Option<Job>>;

    /// Asks to delete a trained model by the name that the provider gave it. It may be gone already.
    ///
    /// [`Error::NotOffered`] where the provider lets nobody delete.
    fn delete_model(&self, name: &str) -> Conversation<()>;

    /// Asks to remove what a job that is over was given, and the files that it made. It may be gone already.
    ///
    /// [`Error::NotOffered`] where the provider lets nobody do so, or not us.
    fn delete_job(&self, _job: &JobRef) -> Conversation<()> {
        Box::new(exchange::NotOffered::new())
    }

    /// How long after its end the files of a job can be had at most, where we told the provider so.
    fn jobs_kept(&self, _kind: Kind) -> Option<Duration> {
        None
    }

    /// Where the keys are that callbacks are signed with, if they are published; the body of the answer is for
    /// [`verify_callback`](Self::verify_callback). Good for a day; to be asked for again, and not too often, when no signature matches.
    fn callback_keys(&self) -> Option<Request>;

    /// Whether there are keys in an answer to [`callback_keys`](Self::callback_keys). What has none must not replace keys that are known.
    fn has_callback_keys(&self, _answer: &[u8]) -> bool {
        false
    }

    /// Checks that the provider itself sent a callback, and lately. Nothing of the body is believed before.
    ///
    /// # Errors
    /// The first reason not to believe it.
    fn verify_callback(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        keys: &[u8],
        now: Timestamp,
    ) -> Result<(), InvalidSignature>;

    /// What a training made. A trainer may give its model as a file alone, which anywhere else would be a picture.
    fn trained(&self, output: Output) -> Output {
        output
    }

    /// Whether a model that was trained here is of no use before our own copy of its weights is there, whoever is to make pictures with it.
    fn needs_our_copy(&self) -> bool {
        false
    }

    /// Reads a verified callback. It may be late, repeated or out of order; that is for the receiver to see.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it tells of no job.
    fn parse_callback(&self, body: &[u8]) -> Result<Job, Error>;

    /// Returns whether an output may be fetched from `url`: only from where the provider keeps them, whatever it says.
    fn output_allowed(&self, url: &str) -> bool;
}
