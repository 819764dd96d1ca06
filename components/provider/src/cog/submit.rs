//! A job submitted to a container, and one that is stopped.

use http::HeaderValue;
use serde_json::Value;

use crate::prediction::text_at;
use crate::{Error, Exchange, Job, JobState, Request, Response, Step, Transport, text, throttle};

/// A submission, sent once more when its answer was lost.
pub(super) struct Submit {
    id: String,
    request: Result<Request, Error>,
    sent: u8,
}

/// How often a submission is sent at most.
const SENT_MAX: u8 = 2;

impl Submit {
    pub(super) fn new(id: String, request: Result<Request, Error>) -> Self {
        let request = request.map(|mut request| {
            request.headers_mut().insert("prefer", HeaderValue::from_static("respond-async"));
            request
        });
        Self { id, request, sent: 0 }
    }

    fn send(&mut self) -> Step<Job> {
        self.sent += 1;
        self.request.clone().into()
    }
}

impl Exchange for Submit {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.send()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        let response = match answer {
            Ok(response) => response,
            // What was sent before may run.
            Err(Transport::NotSent) if self.sent > 1 => return Step::Done(Err(Error::Ambiguous)),
            Err(Transport::NotSent) => return Step::Done(Err(Error::Unavailable)),
            Err(Transport::Lost) if self.sent < SENT_MAX => return self.send(),
            Err(Transport::Lost) => return Step::Done(Err(Error::Ambiguous)),
        };
        Step::Done(match response.status().as_u16() {
            200..=299 => Ok(job(self.id.clone(), JobState::Queued)),
            409 => Err(Error::Throttled { retry_after_seconds: throttle::seconds(&response, []) }),
            // Its model is not loaded yet, or the container does not do this kind of job.
            404 | 503 => Err(Error::Unavailable),
            500.. => Err(Error::Ambiguous),
            status => Err(Error::Refused { status, detail: text::for_log(&words(response.body())) }),
        })
    }
}

/// A job told to stop.
pub(super) struct Cancel {
    id: String,
    request: Option<Result<Request, Error>>,
}

impl Cancel {
    pub(super) fn new(id: String, request: Result<Request, Error>) -> Self {
        Self { id, request: Some(request) }
    }
}

impl Exchange for Cancel {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.request.take().unwrap_or(Err(Error::Unavailable)).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        Step::Done(match answer.map(|response| response.status().as_u16()) {
            // It stops when it can, and says so by its callback.
            Ok(200..=299) => Ok(job(self.id.clone(), JobState::Running)),
            Ok(404) => Err(Error::NotFound),
            Ok(_) | Err(_) => Err(Error::Unavailable),
        })
    }
}

fn job(id: String, state: JobState) -> Job {
    Job { id, location: None, state, callback_url: None, progress_percent: None }
}

/// What a refusal says: of the request as a whole, or of each field.
fn words(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let fields = value.get("detail").and_then(Value::as_array).into_iter().flatten();
    let of_fields: Vec<&str> = fields.filter_map(|field| text_at(field, "msg")).collect();
    let whole = text_at(&value, "detail").or_else(|| text_at(&value, "error")).unwrap_or_default();
    if of_fields.is_empty() { whole.to_owned() } else { of_fields.join("; ") }
}
