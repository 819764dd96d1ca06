//! Replicate's job objects, as answers and callbacks have them.
//!
//! Read with tolerance: unknown fields are passed over, and a known one of another type counts as absent. What is left is
//! strict.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::progress;
use crate::{Error, Failure, FailureKind, Job, JobState, Output, text};

/// The most letters of a job's id.
const JOB_ID_BYTES_MAX: usize = 64;

/// Reads a job from an answer or a callback.
pub(super) fn parse_job(body: &[u8]) -> Result<Job, Error> {
    let wire: WireJob = serde_json::from_slice(body).map_err(|_| Error::Malformed("job"))?;
    wire.into_job()
}

/// Whether Replicate may have given this id: nothing in it means anything in a path.
pub(super) fn is_job_id(id: &str) -> bool {
    (1..=JOB_ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A training or a prediction.
#[derive(Deserialize)]
pub(super) struct WireJob {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    output: Option<WireOutput>,
    #[serde(default, deserialize_with = "lenient")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    logs: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) webhook: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: Option<String>,
}

/// A job's output, told apart by its shape.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireOutput {
    Images(Vec<Maybe<String>>),
    Image(String),
    Model { version: String },
}

/// A value of the expected type, or anything else.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Maybe<T> {
    Value(T),
    Other(IgnoredAny),
}

impl<T> Maybe<T> {
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

/// Reads a field that counts as absent when it is of another type.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Maybe::deserialize(deserializer).map(Maybe::value)
}

impl WireJob {
    pub(super) fn into_job(self) -> Result<Job, Error> {
        let id = self.id.filter(|id| is_job_id(id)).ok_or(Error::Malformed("job id"))?;
        let state = match self.status.as_deref() {
            Some("starting") => JobState::Queued,
            // An output may be there before the job is over; it is not the last word.
            Some("succeeded") => JobState::Succeeded(self.output.map_or(Output::Gone, WireOutput::into_output)),
            Some("failed") => JobState::Failed(failure(self.error.as_deref().unwrap_or_default())),
            Some("canceled" | "aborted") => JobState::Canceled,
            // `processing`, and what is not known yet: a state that is not final is asked for again.
            _ => JobState::Running,
        };
        let progress_percent = match state {
            JobState::Running => self.logs.as_deref().and_then(progress::percent),
            _ => None,
        };
        Ok(Job { id, state, callback_url: self.webhook, progress_percent })
    }
}

impl WireOutput {
    fn into_output(self) -> Output {
        match self {
            Self::Images(images) => Output::Images(images.into_iter().filter_map(Maybe::value).collect()),
            Self::Image(image) => Output::Images(vec![image]),
            Self::Model { version } if is_model(&version) => Output::Model(version),
            Self::Model { .. } => Output::Gone,
        }
    }
}

/// Whether predictions may name a trained model so: `owner/name:version` or the version alone, 64 hex digits.
fn is_model(text: &str) -> bool {
    let (model, version) = text.rsplit_once(':').map_or((None, text), |(model, version)| (Some(model), version));
    let named = model.is_none_or(|model| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        model.split('/').count() == 2 && model.split('/').all(|part| !part.is_empty() && part.bytes().all(plain))
    });
    named && version.len() == VERSION_DIGITS && version.bytes().all(|b| b.is_ascii_hexdigit())
}

const VERSION_DIGITS: usize = 64;

fn failure(error: &str) -> Failure {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    let kind = if says(&["NSFW", "flagged as sensitive"]) {
        FailureKind::Unsafe
    } else if says(&["E6716", "(code: PA)"]) {
        FailureKind::Retryable
    } else {
        FailureKind::Other
    };
    Failure { kind, message: text::for_log(error) }
}
