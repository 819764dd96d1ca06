//! Predictions and trainings as Cog writes them, and Replicate, which is built on it.
//!
//! Read with tolerance: unknown fields are passed over, and a known one of another type counts as absent. What is left is
//! strict. All is read from one [`Value`]: a type for each object with that tolerance weighs more than all the rest here.

use serde_json::Value;

use crate::job::is_plain_id;
use crate::{Error, FailureKind, Job, JobFailure, JobState, Output, progress, text};

/// Reads a model out of an output that is an object.
pub(crate) type ReadModel = fn(&Value) -> Option<Output>;

/// Reads a job from an answer or a callback.
pub(crate) fn parse_job(body: &[u8], model: ReadModel) -> Result<Job, Error> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Error::Malformed("job"))?;
    job(&value, model)
}

/// Reads a training or a prediction.
pub(crate) fn job(value: &Value, model: ReadModel) -> Result<Job, Error> {
    let id = text_at(value, "id").filter(|id| is_plain_id(id)).ok_or(Error::Malformed("job id"))?;
    let state = match text_at(value, "status") {
        Some("starting") => JobState::Queued,
        // An output may be there before the job is over; it is not the last word.
        Some("succeeded") => JobState::Succeeded(value.get("output").map_or(Output::Gone, |made| output(made, model))),
        Some("failed") => JobState::Failed(failure(text_at(value, "error").unwrap_or_default())),
        Some("canceled" | "aborted") => JobState::Canceled,
        // `processing`, and what is not known yet: a state that is not final is asked for again.
        _ => JobState::Running,
    };
    let progress_percent = match state {
        JobState::Running => text_at(value, "logs").and_then(progress::percent),
        _ => None,
    };
    let callback_url = text_at(value, "webhook").map(str::to_owned);
    Ok(Job { id: id.to_owned(), location: None, state, callback_url, progress_percent })
}

/// A field's text; `None` when it is absent or something else.
pub(crate) fn text_at<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

/// Reads an output, told apart by its shape.
fn output(value: &Value, model: ReadModel) -> Output {
    match value {
        Value::Array(images) => Output::Images(images.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::String(image) => Output::Images(vec![image.clone()]),
        other => model(other).unwrap_or_else(|| Output::object(other)),
    }
}

fn failure(error: &str) -> JobFailure {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    let kind = if says(&["NSFW", "flagged as sensitive"]) {
        FailureKind::Unsafe
    } else if says(&["E6716", "(code: PA)"]) {
        FailureKind::Retryable
    } else {
        FailureKind::Other
    };
    JobFailure { kind, message: text::for_log(error) }
}
