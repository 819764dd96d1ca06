//! The providers: Replicate's HTTP API and a Cog container, as far as the handlers use them, and callbacks that come as badly as they can.

use std::rc::Rc;

use api::ports::SendError;
use api::wire::Request;
use base64::Engine;
use domain::{Secret, Timestamp};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::clients::spawn;
use crate::ports::call;
use crate::world::{Event, Mishap, World};

/// Where the provider is.
pub const BASE_URL: &str = "http://gpu.example";
/// Where the container is.
pub const COG_URL: &str = "http://cog.example";
/// Opens the container's callbacks.
pub const COG_TOKEN: &str = "the token of the container's callbacks";
/// Signs its callbacks.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Where photos are.
pub const PHOTOS_URL: &str = "http://photos.example";

/// How long the provider keeps what it made.
const OUTPUTS_KEPT_MS: i64 = 3_600_000;
/// How long a job takes that never ends: longer than any history.
const NEVER_MS: i64 = 365 * 24 * 3_600_000;
/// How often a callback is sent that is not taken.
const ATTEMPTS_MAX: u32 = 5;

/// The smallest picture there is: one grey pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDAT\x78\x9c\x63\x60\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";

/// How a job ends, or what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Processing,
    /// It is done, with so many pictures.
    Succeeded,
    /// It is not.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Whether it is a training.
    training: bool,
    /// Where it reports to.
    pub webhook: String,
    /// Its id, where it is the container's.
    pub cog: Option<String>,
    submitted_at: i64,
    end: Status,
    ended_at: Option<i64>,
    /// How many pictures it makes.
    pictures: u64,
    /// Whether the provider ever said, itself, that it succeeded; then it may be charged for.
    pub said_succeeded: bool,
    /// How often it was canceled.
    canceled: bool,
}

/// The provider's memory.
#[derive(Debug, Default)]
pub struct Gpu {
    /// All jobs, by their number.
    pub jobs: Vec<Job>,
    /// Whether no callback is ever sent.
    pub is_mute: bool,
}

/// A callback on its way.
#[derive(Debug, Clone, Copy)]
pub struct Callback {
    job: usize,
    /// Whose report it is, if not the job's own.
    about: usize,
    status: Status,
    signed: bool,
    attempt: u32,
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy)]
pub enum NoAnswer {
    /// None will ever come.
    Ever,
    /// The connection failed.
    Broken(SendError),
}

/// Answers a request of a handler.
///
/// # Errors
/// There is no answer.
pub fn receive(world: &World, request: &http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
    let (faults, mishap) = (world.faults.get(), world.poll.get().mishap);
    let process = world.poll.get().process;
    let what = format!("{} {}", request.method(), request.uri().path());
    if mishap == Some(Mishap::FailBefore) || world.happens(faults.gpu_before) {
        world.tell(|| format!("process {process}: {what} does not reach the other side, or is refused"));
        return match world.below(5) {
            0 => Ok(problem(StatusCode::TOO_MANY_REQUESTS)),
            1 => Ok(problem(StatusCode::INTERNAL_SERVER_ERROR)),
            2 => Ok(problem(StatusCode::SERVICE_UNAVAILABLE)),
            3 => Ok(problem(StatusCode::PAYMENT_REQUIRED)),
            _ => Err(NoAnswer::Broken(SendError::NotConnected)),
        };
    }
    let answer = act(world, request);
    if mishap == Some(Mishap::FailAfter) || world.happens(faults.gpu_after) {
        world.tell(|| format!("process {process}: the answer to {what} is lost"));
        return match world.below(3) {
            0 => Ok(problem(StatusCode::BAD_GATEWAY)),
            1 => Err(NoAnswer::Ever),
            _ => Err(NoAnswer::Broken(SendError::Broken)),
        };
    }
    Ok(answer)
}

fn act(world: &World, request: &http::Request<Vec<u8>>) -> Response<Vec<u8>> {
    let path = request.uri().path().trim_matches('/').to_owned();
    if request.uri().host() == Some("photos.example") {
        return Response::new(PIXEL.to_vec());
    }
    if request.uri().host() == Some("cog.example") {
        return cog(world, request, &path);
    }
    let number = |id: &str| id.parse::<usize>().ok().filter(|n| *n < world.gpu.borrow().jobs.len());
    match (request.method(), path.split('/').collect::<Vec<_>>().as_slice()) {
        (&Method::GET, ["v1", "account"]) => answer(StatusCode::OK, &json!({ "username": "likeness" })),
        (&Method::POST, ["v1", "models", .., "trainings"]) => submit(world, request.body(), true, None),
        (&Method::POST, ["v1", "predictions"] | ["v1", "models", .., "predictions"]) => {
            submit(world, request.body(), false, None)
        }
        (&Method::POST, ["v1", _, id, "cancel"]) => match number(id) {
            None => problem(StatusCode::NOT_FOUND),
            Some(n) => {
                cancel(world, n);
                answer(StatusCode::OK, &now(world, n))
            }
        },
        (&Method::GET, ["v1", kind @ ("trainings" | "predictions")]) => {
            let count = world.gpu.borrow().jobs.len();
            let of_kind =
                |n: &usize| world.gpu.borrow().jobs.get(*n).is_some_and(|job| job.is_listed(*kind == "trainings"));
            let list: Vec<Value> = (0..count).rev().filter(of_kind).map(|n| now(world, n)).collect();
            answer(StatusCode::OK, &json!({ "next": null, "results": list }))
        }
        (&Method::GET, ["v1", _, id]) => match number(id) {
            None => problem(StatusCode::NOT_FOUND),
            Some(n) => answer(StatusCode::OK, &now(world, n)),
        },
        (&Method::GET, ["files", id, _]) => {
            let time = world.time.get();
            let kept = |job: &Job| job.ended_at.is_some_and(|at| time - at < OUTPUTS_KEPT_MS);
            match number(id).filter(|n| world.gpu.borrow().jobs.get(*n).is_some_and(kept)) {
                None => problem(StatusCode::NOT_FOUND),
                Some(_) => Response::new(PIXEL.to_vec()),
            }
        }
        (&Method::GET, ["weights", _]) => weights(),
        _ => problem(StatusCode::NOT_FOUND),
    }
}

/// The container: it can be told to start and to stop, and not be asked. What runs is not begun again.
fn cog(world: &World, request: &http::Request<Vec<u8>>, path: &str) -> Response<Vec<u8>> {
    let running = |id: &str| {
        let gpu = world.gpu.borrow();
        gpu.jobs.iter().position(|job| job.cog.as_deref() == Some(id) && job.ended_at.is_none())
    };
    match (request.method(), path.split('/').collect::<Vec<_>>().as_slice()) {
        (&Method::PUT, [kind, id]) => match running(id) {
            Some(n) => answer(StatusCode::ACCEPTED, &now(world, n)),
            None => submit(world, request.body(), *kind == "trainings", Some((*id).to_owned())),
        },
        (&Method::POST, [_, id, "cancel"]) => match running(id) {
            Some(n) => {
                cancel(world, n);
                answer(StatusCode::OK, &json!({}))
            }
            None => problem(StatusCode::NOT_FOUND),
        },
        _ => problem(StatusCode::NOT_FOUND),
    }
}

fn cancel(world: &World, n: usize) {
    if let Some(job) = world.gpu.borrow_mut().jobs.get_mut(n) {
        job.canceled = job.canceled || job.ended_at.is_none();
    }
}

/// The smallest weights there are: one byte.
fn weights() -> Response<Vec<u8>> {
    let header = br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let mut file = u64::try_from(header.len()).unwrap_or_default().to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.push(0);
    let length = HeaderValue::from(file.len());
    let mut response = Response::new(file);
    response.headers_mut().insert("content-length", length);
    response
}

impl Job {
    /// Whether it is in Replicate's list of trainings, or in that of predictions.
    const fn is_listed(&self, training: bool) -> bool {
        self.cog.is_none() && self.training == training
    }
}

fn submit(world: &World, body: &[u8], training: bool, cog: Option<String>) -> Response<Vec<u8>> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let webhook = body.get("webhook").and_then(Value::as_str).unwrap_or_default().to_owned();
    let asked = body.pointer("/input/num_outputs").and_then(Value::as_u64).unwrap_or(1);
    let calm = world.faults.get().callback == 0;
    let end = match world.below(10) {
        _ if calm => Status::Succeeded,
        0 | 1 => Status::Failed,
        2 => Status::Canceled,
        _ => Status::Succeeded,
    };
    // The safety filter may leave fewer.
    let pictures = if calm || world.below(4) > 0 { asked } else { world.below(asked + 1) };
    let takes = match world.below(20) {
        // Long enough for a request that waits to ask for itself.
        _ if calm => 8_000,
        0 => world.millis(60_000, 10_800_000),
        2 => NEVER_MS,
        1 => world.millis(0, 20),
        _ if training => world.millis(60_000, 1_800_000),
        _ => world.millis(1_000, 60_000),
    };
    let job = {
        let mut gpu = world.gpu.borrow_mut();
        let submitted_at = world.time.get();
        let (ended_at, said_succeeded, canceled) = (None, false, false);
        gpu.jobs.push(Job { training, webhook, cog, submitted_at, end, ended_at, pictures, said_succeeded, canceled });
        gpu.jobs.len() - 1
    };
    world.tell(|| format!("the provider takes job {job}, which takes {takes} ms and will have {end:?}"));
    world.later(takes, Event::JobEnds(job));
    answer(StatusCode::CREATED, &now(world, job))
}

/// A job as the provider shows it now.
fn now(world: &World, n: usize) -> Value {
    let status = match world.gpu.borrow().jobs.get(n) {
        Some(Job { canceled: true, .. }) => Status::Canceled,
        Some(Job { ended_at: Some(_), end, .. }) => *end,
        _ => Status::Processing,
    };
    show(world, n, status)
}

/// A job with this status. Whoever is shown that it succeeded may charge for it.
fn show(world: &World, n: usize, status: Status) -> Value {
    let mut gpu = world.gpu.borrow_mut();
    let Some(job) = gpu.jobs.get_mut(n) else { return Value::Null };
    let (name, output, error) = match status {
        Status::Processing => ("processing", Value::Null, Value::Null),
        Status::Failed => ("failed", Value::Null, json!("CUDA out of memory")),
        Status::Canceled => ("canceled", Value::Null, Value::Null),
        Status::Succeeded => {
            job.said_succeeded = true;
            // What is said to be done can be fetched.
            job.ended_at = job.ended_at.or(Some(world.time.get()));
            ("succeeded", made(job, n), Value::Null)
        }
    };
    if let Some(id) = &job.cog {
        return json!({ "id": id, "status": name, "output": output, "error": error, "logs": "", "metrics": {} });
    }
    let created_at = Timestamp::from_millis(job.submitted_at).to_string();
    json!({ "id": n.to_string(), "status": name, "webhook": job.webhook, "created_at": created_at, "output": output, "error": error, "logs": "" })
}

/// What a job made.
fn made(job: &Job, n: usize) -> Value {
    let pixel = || format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(PIXEL));
    match (&job.cog, job.training) {
        (None, true) => json!({ "version": format!("{n:064x}"), "weights": format!("{BASE_URL}/weights/{n}") }),
        (None, false) => (0..job.pictures).map(|k| json!(format!("{BASE_URL}/files/{n}/{k}.png"))).collect(),
        // It was uploaded, and is gone.
        (Some(_), true) => json!({ "weights": "https://likeness.example/provider-files/code/1/id/trained_model.tar" }),
        (Some(_), false) => (0..job.pictures).map(|_| json!(pixel())).collect(),
    }
}

/// A job ends: who is told of it, and how often?
pub fn job_ends(world: &World, n: usize) {
    let (end, training) = {
        let mut gpu = world.gpu.borrow_mut();
        let Some(job) = gpu.jobs.get_mut(n) else { return };
        job.ended_at = job.ended_at.or(Some(world.time.get()));
        (if job.canceled { Status::Canceled } else { job.end }, job.training)
    };
    world.tell(|| format!("job {n} ends: {end:?}"));
    if world.gpu.borrow().is_mute {
        return;
    }
    let send = |after_ms: i64, about: usize, status: Status, signed: bool| {
        world.later(after_ms, Event::Callback(Callback { job: n, about, status, signed, attempt: 1 }));
    };
    if training {
        send(world.millis(0, 10_000), n, Status::Processing, true);
    }
    let soon = || world.millis(0, 5_000);
    // Two callbacks at almost the same time meet in the middle of what they do.
    let close = || if world.below(2) == 0 { world.millis(0, 60) } else { world.millis(0, 5_000) };
    if !world.happens(world.faults.get().callback) {
        return send(soon(), n, end, true);
    }
    let other = usize::try_from(world.below(n as u64)).unwrap_or_default();
    // The container's callbacks name no address, and it has nobody else's.
    let of_replicate = |n: usize| world.gpu.borrow().jobs.get(n).is_some_and(|job| job.cog.is_none());
    let most = if of_replicate(n) && of_replicate(other) { 9 } else { 7 };
    match world.below(most) {
        0 => {}
        1 => {
            let first = soon();
            send(first, n, end, true);
            send(first + close(), n, end, true);
        }
        2 => send(world.millis(3_600_000, 100_000_000), n, end, true),
        3 => {
            send(world.millis(0, 100), n, end, true);
            send(world.millis(100, 7_200_000), n, Status::Processing, true);
        }
        4 | 5 => {
            let contrary = if end == Status::Succeeded { Status::Failed } else { Status::Succeeded };
            let first = soon();
            send(first, n, end, true);
            send(first + close(), n, contrary, true);
        }
        6 => {
            send(soon(), n, Status::Succeeded, false);
            send(world.millis(2_000, 60_000), n, end, true);
        }
        _ => {
            send(soon(), other, Status::Succeeded, true);
            send(world.millis(2_000, 60_000), n, end, true);
        }
    }
}

/// Sends a callback, and again later when it is not taken.
pub fn deliver(world: &Rc<World>, callback: Callback) {
    let Some(url) = world.gpu.borrow().jobs.get(callback.job).map(|job| job.webhook.clone()) else { return };
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let path = path.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    let said = world.gpu.borrow().jobs.get(callback.about).map(|job| (job.said_succeeded, job.ended_at));
    let body = show(world, callback.about, callback.status).to_string().into_bytes();
    if (!callback.signed || callback.about != callback.job)
        && let Some((said_succeeded, ended_at)) = said
        && let Some(job) = world.gpu.borrow_mut().jobs.get_mut(callback.about)
    {
        // Nobody was told anything by a forgery, or by what was sent to the wrong place.
        (job.said_succeeded, job.ended_at) = (said_succeeded, ended_at);
    }
    let headers = headers(world, callback, &body);
    world.tell(|| {
        let forged = if callback.signed { "" } else { "forged " };
        let of = if callback.about == callback.job { String::new() } else { format!(" about job {}", callback.about) };
        format!("a {forged}callback of job {}{of}: {:?}", callback.job, callback.status)
    });
    let request = Request { method: Method::POST, path, query: query.to_owned(), headers, body: Some(body) };
    let (call, again) = (call(world, request), world.clone());
    spawn(world, async move {
        let taken = call.answer().await.is_some_and(|answer| !answer.status.is_server_error());
        if !taken && callback.attempt < ATTEMPTS_MAX {
            let wait = again.millis(500, 2_000) << callback.attempt;
            again.later(wait, Event::Callback(Callback { attempt: callback.attempt + 1, ..callback }));
        }
    });
}

/// What says who sent a callback.
fn headers(world: &World, callback: Callback, body: &[u8]) -> HeaderMap {
    let is_cog = world.gpu.borrow().jobs.get(callback.job).is_some_and(|job| job.cog.is_some());
    let id = format!("msg_{}_{:?}_{}", callback.about, callback.status, callback.signed);
    let seconds = world.time.get() / 1000;
    let secret = if callback.signed { WEBHOOK_SECRET } else { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
    let signature = webhook::standard::sign(&Secret::new(secret), &id, seconds, body).unwrap_or_default();
    let named = if is_cog {
        let token = if callback.signed { COG_TOKEN } else { "another" };
        vec![("authorization", format!("Bearer {token}"))]
    } else {
        vec![("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)]
    };
    let header =
        |(name, value): (&'static str, String)| Some((name.parse().ok()?, HeaderValue::from_str(&value).ok()?));
    named.into_iter().filter_map(header).collect()
}

fn answer(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}

fn problem(status: StatusCode) -> Response<Vec<u8>> {
    answer(status, &json!({ "title": "simulated", "detail": "simulated", "status": status.as_u16() }))
}
