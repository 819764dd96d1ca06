//! Jobs as all providers have them: what is asked for, and what is told of it.

use std::time::Duration;

use domain::{AspectRatio, Format, Generator};
use serde_json::{Map, Value};

/// The kinds of job. Providers keep them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Photos to a model.
    Training,
    /// A prompt to pictures.
    Generation,
    /// Whatever a model does.
    Run,
}

/// What a provider keeps of jobs, for the people whose photos it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobsKept {
    /// Who it is.
    pub who: &'static str,
    /// How long after its end it keeps what a training was given and made; [`Duration::ZERO`] where it keeps nothing.
    pub training: Duration,
    /// The same of any other job.
    pub other: Duration,
    /// How that is removed earlier, in a sentence.
    pub removed: &'static str,
}

/// A training to be started.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingJob {
    /// The trainer as the provider names it: `owner/name`, maybe with a version. A container has one, which is not named.
    pub trainer: String,
    /// Its inputs, as it names them. One is the address of the zip of photos.
    pub input: Map<String, Value>,
    /// Where the provider reports to; unlike any other job's.
    pub callback_url: String,
}

/// A trained model, as a generation names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// By the name that the provider itself gave it: [`Output::Model`].
    Own(String),
    /// By the URL of its weights, a `.safetensors` file that the provider pulls, wherever it was trained.
    Weights(String),
}

/// A generation to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationJob {
    /// The trained model.
    pub model: Model,
    /// The prompt, with the trigger word in it.
    pub prompt: String,
    /// The shape of the pictures.
    pub aspect_ratio: AspectRatio,
    /// How many pictures, 1 to 4.
    pub num_outputs: u8,
    /// What the randomness is drawn from.
    pub seed: Option<u32>,
    /// How strongly the model shows, in hundredths; all of it unless told.
    pub lora_scale_percent: Option<u16>,
    /// The pictures' format; PNG unless told.
    pub output_format: Option<Format>,
    /// What makes them, where that is not the one that the provider is configured with.
    pub generator: Option<Generator>,
    /// Where the provider reports to; unlike any other job's.
    pub callback_url: String,
    /// When the provider is to give up by itself, in seconds after the submission.
    pub cancel_after_seconds: Option<u32>,
}

/// A run of any model that the provider has.
#[derive(Debug, Clone, PartialEq)]
pub struct RunJob {
    /// The model as the provider names it: `owner/name`, maybe with a version or a path. A container has one, which is not named.
    pub model: String,
    /// Its inputs, as it names them.
    pub input: Map<String, Value>,
    /// Where the provider reports to; unlike any other job's.
    pub callback_url: String,
}

/// A job, as it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRef {
    /// The provider's id of it.
    pub id: String,
    /// [`Job::location`], where it is known.
    pub location: Option<String>,
}

/// The most letters of a job's id; those of all providers are shorter.
const ID_BYTES_MAX: usize = 64;

/// Whether a provider may have given this id: nothing in it means anything in a path.
pub(crate) fn is_plain_id(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What a provider tells of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The provider's id of the job.
    pub id: String,
    /// Where the provider keeps it, in its own words, where that does not follow from the id.
    pub location: Option<String>,
    /// How far it is.
    pub state: JobState,
    /// The callback URL it was submitted with, where the provider repeats it.
    pub callback_url: Option<String>,
    /// How much of a running job is done, 0 to 100, where its log tells. It may go back: a job can have several stages.
    pub progress_percent: Option<u8>,
}

/// How far a job is. Those from `Succeeded` on are final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Accepted, not yet begun.
    Queued,
    /// Begun; also whatever a provider says that is not known here, so that it is asked again.
    Running,
    /// Over; how, and what it made, was not told and is to be asked for.
    Finished,
    /// Done.
    Succeeded(Output),
    /// Given up by the provider.
    Failed(JobFailure),
    /// Given up on our behalf, or at a deadline.
    Canceled,
}

impl JobState {
    /// Returns whether nothing more will come of the job.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Finished => false,
            Self::Succeeded(_) | Self::Failed(_) | Self::Canceled => true,
        }
    }
}

/// What a job made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A model.
    Model {
        /// The name that generations at this provider use.
        name: String,
        /// The URL of its weights: a `.safetensors` file, or a tar with one in it. To be checked with
        /// [`output_allowed`](crate::Provider::output_allowed) before it is fetched.
        weights: Option<String>,
    },
    /// Pictures, or whatever else a run makes, by their URLs; maybe fewer than asked for. Each is to be checked with
    /// [`output_allowed`](crate::Provider::output_allowed) before it is fetched.
    Images(Vec<String>),
    /// Anything else, as the provider wrote it. Every URL in it is to be checked like those of pictures.
    Object(Map<String, Value>),
    /// Nothing that could be used, or no longer: providers keep outputs for a short time.
    Gone,
}

/// The most bytes of an object that is kept as an output: it has addresses in it, not files.
const OBJECT_BYTES_MAX: usize = 64 * 1024;

impl Output {
    /// Any object; nothing that is none, or that is too large to be one of addresses.
    pub(crate) fn object(value: &Value) -> Self {
        match value {
            Value::Object(object) if !object.is_empty() && value.to_string().len() <= OBJECT_BYTES_MAX => {
                Self::Object(object.clone())
            }
            _ => Self::Gone,
        }
    }
}

impl GenerationJob {
    /// How strongly the model shows, where 1 is all of it; nothing unless told.
    pub(crate) fn lora_scale(&self) -> Option<f64> {
        self.lora_scale_percent.map(|percent| f64::from(percent) / 100.0)
    }
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// What to do about it.
    pub kind: FailureKind,
    /// What the provider said, for our log: bounded, one line, without addresses. Callers are told by the kind.
    pub message: String,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The safety filter let nothing through: another prompt is needed.
    Unsafe,
    /// The provider's own trouble: the same job may succeed the next time.
    Retryable,
    /// Anything else.
    Other,
}
