//! What fal's answers mean, by their status and their error body.

use http::{HeaderName, StatusCode};
use serde_json::Value;

use crate::{Error, FailureKind, JobFailure, Response, Transport, text, throttle};

/// An answer that is a success; otherwise what it means. `unknown_fate` is what it means where it may have been carried out.
pub(super) fn accepted(answer: Result<Response, Transport>, unknown_fate: Error) -> Result<Response, Error> {
    let response = match answer {
        Ok(response) => response,
        Err(Transport::NotSent) => return Err(Error::Unavailable),
        Err(Transport::Lost) => return Err(unknown_fate),
    };
    match response.status().as_u16() {
        200..=299 => Ok(response),
        // There is no 402: an account without money is locked.
        403 if says(response.body(), "balance") => Err(Error::OutOfCredit),
        401 | 403 => Err(Error::Unauthorized),
        404 => Err(Error::NotFound),
        408 => Err(Error::Unavailable),
        429 => Err(Error::Throttled { retry_after_seconds: throttle::seconds(&response, []) }),
        500.. => Err(unknown_fate),
        status => Err(Error::Refused { status, detail: text::for_log(&words(&parse(response.body()))) }),
    }
}

/// Why a job failed, from its error body.
pub(super) fn failure(body: &Value, otherwise: &str) -> JobFailure {
    JobFailure { kind: kind(&types(body).collect::<Vec<_>>()), message: message(body, otherwise) }
}

/// Why a job failed, from the answer that has its result; nothing where it did not, or where the answer failed and not the job.
pub(super) fn failure_of_a_job(response: &Response, body: &Value) -> Option<JobFailure> {
    let status = response.status();
    // Success, or said of us and not of the job.
    if status.is_success() || matches!(status.as_u16(), 401 | 403 | 404 | 408 | 429) {
        return None;
    }
    let named = response.headers().get(ERROR_TYPE).and_then(|name| name.to_str().ok());
    let types: Vec<&str> = named.into_iter().chain(types(body)).collect();
    let of_job = if types.is_empty() {
        // An app that broke says no more than this. The others of 5xx may be of what stands before the queue.
        status == StatusCode::UNPROCESSABLE_ENTITY
            || status == StatusCode::INTERNAL_SERVER_ERROR && body.get("detail").is_some_and(Value::is_string)
    } else {
        body.get("detail").is_some() || named.is_some()
    };
    let kind = if types.is_empty() && status.is_server_error() { FailureKind::Retryable } else { kind(&types) };
    of_job.then(|| JobFailure { kind, message: message(body, "") })
}

/// Why a job failed, from a status that says so.
pub(super) fn failure_in_status(status: &Value) -> Option<JobFailure> {
    let error = status.get("error").filter(|error| !error.is_null());
    let named = status.get("error_type").and_then(Value::as_str);
    if error.is_none() && named.is_none() {
        return None;
    }
    let words = error.and_then(Value::as_str).or(named).unwrap_or_default();
    Some(JobFailure { kind: kind(&named.into_iter().collect::<Vec<_>>()), message: text::for_log(words) })
}

fn kind(types: &[&str]) -> FailureKind {
    if types.contains(&"content_policy_violation") {
        FailureKind::Unsafe
    } else if types.iter().any(|name| RETRYABLE.contains(name)) {
        FailureKind::Retryable
    } else {
        FailureKind::Other
    }
}

fn message(body: &Value, otherwise: &str) -> String {
    let words = words(body);
    text::for_log(if words.is_empty() { otherwise } else { &words })
}

/// Names what failed, beside the body.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-fal-error-type");

/// fal's own trouble, by the type it gives.
const RETRYABLE: [&str; 10] = [
    "request_timeout",
    "startup_timeout",
    "runner_scheduling_failure",
    "runner_connection_timeout",
    "runner_disconnected",
    "runner_connection_refused",
    "runner_connection_error",
    "runner_incomplete_response",
    "runner_server_error",
    "internal_error",
];

/// Types of errors: of the request as a whole, or of each field.
fn types(body: &Value) -> impl Iterator<Item = &str> {
    let details = body.get("detail").and_then(Value::as_array).into_iter().flatten();
    let of_fields = details.filter_map(|detail| detail.get("type")?.as_str());
    body.get("error_type").and_then(Value::as_str).into_iter().chain(of_fields)
}

/// What the body says in words.
fn words(body: &Value) -> String {
    match body.get("detail") {
        Some(Value::String(detail)) => detail.clone(),
        Some(Value::Array(details)) => {
            let said: Vec<&str> = details.iter().filter_map(|detail| detail.get("msg")?.as_str()).collect();
            said.join("; ")
        }
        _ => body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}

fn says(body: &[u8], word: &str) -> bool {
    words(&parse(body)).to_ascii_lowercase().contains(word)
}

/// A body as JSON; null when it is none.
pub(super) fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
