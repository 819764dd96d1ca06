//! Replicate's job objects, as answers and callbacks have them.
//!
//! Read with tolerance: unknown fields are passed over, and a known one of another type counts as absent. What is left is
//! strict. All is read from one [`Value`]: a type for each object with that tolerance weighs more than all the rest here.

use serde_json::Value;

use super::progress;
use crate::{Error, Failure, FailureKind, Job, JobState, Output, text};

/// The most letters of a job's id.
const JOB_ID_BYTES_MAX: usize = 64;

/// Reads a job from an answer or a callback.
pub(super) fn parse_job(body: &[u8]) -> Result<Job, Error> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Error::Malformed("job"))?;
    job(&value)
}

/// Reads a training or a prediction.
pub(super) fn job(value: &Value) -> Result<Job, Error> {
    let id = text_at(value, "id").filter(|id| is_job_id(id)).ok_or(Error::Malformed("job id"))?;
    let state = match text_at(value, "status") {
        Some("starting") => JobState::Queued,
        // An output may be there before the job is over; it is not the last word.
        Some("succeeded") => JobState::Succeeded(value.get("output").map_or(Output::Gone, output)),
        Some("failed") => JobState::Failed(failure(text_at(value, "error").unwrap_or_default())),
        Some("canceled" | "aborted") => JobState::Canceled,
        // `processing`, and what is not known yet: a state that is not final is asked for again.
        _ => JobState::Running,
    };
    let progress_percent = match state {
        JobState::Running => text_at(value, "logs").and_then(progress::percent),
        _ => None,
    };
    Ok(Job { id: id.to_owned(), state, callback_url: text_at(value, "webhook").map(str::to_owned), progress_percent })
}

/// A field's text; `None` when it is absent or something else.
pub(super) fn text_at<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

/// Whether Replicate may have given this id: nothing in it means anything in a path.
pub(super) fn is_job_id(id: &str) -> bool {
    (1..=JOB_ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Reads an output, told apart by its shape.
fn output(value: &Value) -> Output {
    match value {
        Value::Array(images) => Output::Images(images.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::String(image) => Output::Images(vec![image.clone()]),
        other => match text_at(other, "version") {
            Some(version) if is_model(version) => Output::Model(version.to_owned()),
            _ => Output::Gone,
        },
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
