//! What an answer means, by its status and its problem body (RFC 9457, more or less; some edges send plain text).

use serde_json::Value;

use super::wire;
use crate::{Error, Response, Transport, text, throttle};

/// Added to the wait: limits are reset a little after the second they name.
const THROTTLE_SECONDS_MARGIN: u64 = 1;

/// What was asked, as far as it matters when the answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Something that can be asked again and changes nothing by that.
    Question,
    /// To start a job. There are no idempotency keys: asked twice, it runs twice.
    Submission,
}

/// Reads a successful answer, or says what another one means.
pub(super) fn read<T>(
    asked: Asked,
    answer: Result<Response, Transport>,
    read: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    let unknown_fate = match asked {
        Asked::Question => Error::Unavailable,
        Asked::Submission => Error::Ambiguous,
    };
    let response = match answer {
        Ok(response) => response,
        Err(Transport::NotSent) => return Err(Error::Unavailable),
        Err(Transport::Lost) => return Err(unknown_fate),
    };
    let body = response.body();
    match response.status().as_u16() {
        200..=299 => read(body).map_err(|error| match asked {
            Asked::Question => error,
            // It said yes, so something runs, whatever else it said.
            Asked::Submission => Error::Ambiguous,
        }),
        401 => Err(Error::Unauthorized),
        402 => Err(Error::OutOfCredit),
        404 => Err(Error::NotFound),
        408 => Err(Error::Unavailable),
        429 => Err(Error::Throttled { retry_after_seconds: retry_after_seconds(&response) }),
        422 if Problem::parse(body).says("invalid version") => Err(Error::UnknownVersion),
        500.. => Err(unknown_fate),
        status => Err(Error::Refused { status, detail: Problem::parse(body).summary() }),
    }
}

/// Whether a training was refused because the model it should go to does not exist.
pub(super) fn lacks_destination(response: &Response) -> bool {
    response.status() == 404 && Problem::parse(response.body()).says("destination")
}

/// Whether a model was refused because there is one of that name.
pub(super) fn model_exists(response: &Response) -> bool {
    match response.status().as_u16() {
        409 => true,
        422 => Problem::parse(response.body()).says("already exists"),
        _ => false,
    }
}

/// The longest of the waits that the answer names in its header, its body and its words.
fn retry_after_seconds(response: &Response) -> u64 {
    let problem = Problem::parse(response.body());
    let words = problem.texts().filter_map(seconds_named_in).max();
    throttle::seconds(response, problem.retry_after_seconds().into_iter().chain(words)) + THROTTLE_SECONDS_MARGIN
}

/// Reads "Your rate limit resets in ~30s." and "Expected available in 1 second.".
fn seconds_named_in(text: &str) -> Option<u64> {
    let (_, after) = text.split_once("resets in").or_else(|| text.split_once("available in"))?;
    let number = after.trim_start_matches([' ', '~']);
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The body of an answer that is not a success: JSON, or the text that it is instead.
struct Problem(Value);

impl Problem {
    fn parse(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_else(|_| {
            let plain = String::from_utf8_lossy(body.get(..PLAIN_BYTES_MAX).unwrap_or(body));
            Value::String(plain.into_owned())
        }))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let errors = self.0.get("errors").and_then(Value::as_array).into_iter().flatten();
        let fields = ["title", "detail"].into_iter().filter_map(|field| wire::text_at(&self.0, field));
        self.0.as_str().into_iter().chain(fields).chain(errors.filter_map(|error| wire::text_at(error, "detail")))
    }

    fn says(&self, words: &str) -> bool {
        self.texts().any(|text| text.to_ascii_lowercase().contains(words))
    }

    fn summary(&self) -> String {
        text::for_log(&self.texts().collect::<Vec<_>>().join(": "))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and the wait is bounded"
    )]
    fn retry_after_seconds(&self) -> Option<u64> {
        self.0.get("retry_after").and_then(Value::as_f64).map(|seconds| seconds.ceil() as u64)
    }
}

/// The most bytes read of a body that is not JSON.
const PLAIN_BYTES_MAX: usize = 4096;
