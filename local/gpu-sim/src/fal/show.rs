//! How fal shows a request: in its queue, by its result, by what it put into its files.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::apps;
use crate::fault::CRASHED;
use crate::job::Job;
use crate::protocol::{End, Made, Picture, without_nulls};
use crate::state::Shared;
use crate::weights;
use crate::work::Work;
use crate::{Misbehaviour, files};

/// How long files are kept, in seconds, where nothing is said: for ever, as good as.
const FILE_LIFETIME_SECONDS: i64 = 100 * 365 * 24 * 60 * 60;

fn lifetime_seconds(job: &Job) -> i64 {
    job.kept_seconds.unwrap_or(FILE_LIFETIME_SECONDS)
}

/// What is answered to a submission.
pub(super) fn queued(job: &Job, base_url: &str) -> Value {
    let [response, status, cancel] = addresses(job, base_url);
    json!({
        "request_id": job.id, "gateway_request_id": job.id, "status": "IN_QUEUE", "queue_position": 0,
        "response_url": response, "status_url": status, "cancel_url": cancel,
    })
}

/// How a request is. That it failed is in `error`: the queue knows no other end than completion.
pub(super) fn status(job: &Job, base_url: &str, with_logs: bool) -> Value {
    let [response, status, cancel] = addresses(job, base_url);
    let (state, position) = match job.status {
        "starting" => ("IN_QUEUE", Some(0)),
        "processing" => ("IN_PROGRESS", None),
        _ => ("COMPLETED", None),
    };
    let failure = Failure::of(job);
    let mut shown = without_nulls(json!({
        "request_id": job.id, "status": state, "queue_position": position,
        "response_url": response, "status_url": status, "cancel_url": cancel,
        "metrics": job.run_seconds().map(|seconds| json!({ "inference_time": seconds })),
        "error": failure.as_ref().map(|failure| failure.message.as_str()),
        "error_type": failure.as_ref().map(|failure| failure.error_type),
    }));
    // They are null where they were not asked for: fal's own clients look for them.
    if let Some(shown) = shown.as_object_mut().filter(|_| state != "IN_QUEUE") {
        shown.insert("logs".to_owned(), if with_logs { log_lines(job) } else { Value::Null });
    }
    shown
}

/// What a request came to, and with which HTTP status that is answered.
pub(super) fn result(job: &Job) -> (StatusCode, Value) {
    match Failure::of(job) {
        None => (StatusCode::OK, job.output.clone()),
        Some(failure) => (failure.code, failure.body()),
    }
}

/// Names what failed, beside the body; nothing where the request did not.
pub(super) fn error_type(job: &Job) -> Option<&'static str> {
    Failure::of(job).map(|failure| failure.error_type)
}

/// Where a request's result and status are, and where it is canceled.
fn addresses(job: &Job, base_url: &str) -> [String; 3] {
    let url = format!("{base_url}/{}/requests/{}", job.model, job.id);
    let (status, cancel) = (format!("{url}/status"), format!("{url}/cancel"));
    [url, status, cancel]
}

fn log_lines(job: &Job) -> Value {
    let at = job.started_at.unwrap_or(job.created_at).to_string();
    job.logs.lines().map(|line| json!({ "message": line, "level": "INFO", "timestamp": at })).collect()
}

/// Why a request came to nothing.
struct Failure {
    code: StatusCode,
    message: String,
    error_type: &'static str,
    /// fal itself ended it; otherwise the app did, and says so as it does of inputs.
    by_queue: bool,
}

impl Failure {
    fn of(job: &Job) -> Option<Self> {
        let (code, message, error_type, by_queue) = match (job.status, &job.fault) {
            ("succeeded", _) => return None,
            ("canceled" | "aborted", _) => (499, "Request was cancelled by the client", "client_cancelled", true),
            (_, Some(fault)) if fault.kind == CRASHED => (500, fault.message.as_str(), fault.kind, false),
            (_, Some(fault)) => (422, fault.message.as_str(), fault.kind, false),
            ("failed", None) => (422, "The request failed", "internal_server_error", false),
            _ => return None,
        };
        let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some(Self { code, message: message.to_owned(), error_type, by_queue })
    }

    fn body(&self) -> Value {
        if self.by_queue {
            return json!({ "detail": self.message, "error_type": self.error_type });
        }
        if self.code == StatusCode::INTERNAL_SERVER_ERROR {
            return json!({ "detail": self.message });
        }
        json!({ "detail": [{ "loc": ["body"], "msg": self.message, "type": self.error_type }] })
    }
}

/// What a callback says of a request that is over.
pub(super) fn told(job: &Job) -> Value {
    let id = &job.id;
    match Failure::of(job) {
        None if job.is(Misbehaviour::Null) => json!({
            "request_id": id, "gateway_request_id": id, "status": "OK", "payload": null,
            "payload_error": "The payload is too large to be sent.",
        }),
        None => json!({ "request_id": id, "gateway_request_id": id, "status": "OK", "payload": job.output }),
        Some(failure) => json!({
            "request_id": id, "gateway_request_id": id, "status": "ERROR", "payload": failure.body(),
            "error": format!("Invalid status code: {}", failure.code.as_u16()),
        }),
    }
}

/// What a request made, as its output.
pub(crate) fn end(shared: &Arc<Shared>, job: &Job, made: Made) -> End {
    End::succeeded(match (made, &job.work) {
        (Made::Version(version), _) => training(shared, job, &version),
        (Made::Pictures(made), Work::Generate(wanted)) => {
            let flags: Vec<bool> = made.iter().map(|picture| picture.is_unsafe).collect();
            let image = |(n, picture): (usize, Picture)| {
                let media_type = picture.format.media_type();
                let url = files::keep(shared, job, n, picture, lifetime_seconds(job));
                json!({ "url": url, "width": wanted.size.0, "height": wanted.size.1, "content_type": media_type })
            };
            let images: Vec<Value> = made.into_iter().enumerate().map(image).collect();
            json!({
                "images": images, "seed": wanted.seed, "has_nsfw_concepts": flags, "prompt": wanted.prompt,
                "timings": {},
            })
        }
        (Made::Files(made), Work::Run(wanted)) => {
            let keep = |(n, file)| files::keep(shared, job, n, file, lifetime_seconds(job));
            let urls: Vec<String> = made.into_iter().enumerate().map(keep).collect();
            wanted.output(&urls)
        }
        (Made::Pictures(_) | Made::Files(_), _) => Value::Null,
    })
}

fn training(shared: &Shared, job: &Job, version: &str) -> Value {
    let gone_at = jiff::Timestamp::now().as_second().saturating_add(lifetime_seconds(job));
    shared.with(|state| state.weights_gone_at.insert(version.to_owned(), gone_at));
    let photos = shared.photos(version).unwrap_or_default();
    let weights_bytes = weights::file(version, &photos).map(|file| file.len()).unwrap_or_default();
    let config_bytes = files::config_of(photos.len()).to_string().len();
    let output = apps::trainer(&job.model).map_or("diffusers_lora_file", |trainer| trainer.output);
    json!({
        output: {
            "url": files::weights_url(shared, version, "lora.safetensors"), "content_type": "application/octet-stream",
            "file_name": "pytorch_lora_weights.safetensors", "file_size": weights_bytes,
        },
        "config_file": {
            "url": files::weights_url(shared, version, "config.json"), "content_type": "application/json",
            "file_name": "config.json", "file_size": config_bytes,
        },
    })
}
