//! The providers: Replicate's HTTP API and a Cog container, as far as the handlers use them.

use std::collections::BTreeSet;

use domain::Timestamp;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::files;
use crate::outside::{answer, problem};
use crate::world::{Event, World};

/// Where the provider is.
pub const BASE_URL: &str = "http://gpu.example";
/// Where the container is.
pub const COG_URL: &str = "http://cog.example";
/// Opens the container's callbacks.
pub const COG_TOKEN: &str = "the token of the container's callbacks";
/// Signs its callbacks.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Where the container uploads what it made.
const UPLOADED: &str = "https://likeness.example/provider-files/code";

/// How long the provider keeps what it made.
const OUTPUTS_KEPT_MS: i64 = 3_600_000;
/// How long a job takes that never ends: longer than any history.
const NEVER_MS: i64 = 365 * 24 * 3_600_000;

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

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    Model,
    Pictures,
    Songs,
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    product: Product,
    /// Where it reports to.
    pub webhook: String,
    /// What it was asked for.
    input: Value,
    /// Its id, where it is the container's.
    pub cog: Option<String>,
    submitted_at: i64,
    end: Status,
    /// When it ended, or was first said to have.
    pub ended_at: Option<i64>,
    /// How many files it makes.
    pub files: u64,
    /// Whether the provider ever said, itself, that it succeeded; then it may be charged for.
    pub said_succeeded: bool,
    /// Whether it was told to stop.
    canceled: bool,
}

/// The provider's memory.
#[derive(Debug, Default)]
pub struct Gpu {
    /// All jobs, by their number.
    pub jobs: Vec<Job>,
    /// Whether no callback is ever sent.
    pub is_mute: bool,
    /// Whether it takes connections and never answers.
    pub is_hanging: bool,
    /// How many questions about jobs it says next that it does not know them.
    pub forgets: u32,
    /// How often it was asked about a job.
    pub asked: u32,
    /// Versions of models that it was told to delete.
    pub deleted_models: BTreeSet<String>,
}

/// Answers as Replicate does.
pub fn replicate(world: &World, request: &http::Request<Vec<u8>>) -> Response<Vec<u8>> {
    let path = request.uri().path().trim_matches('/').to_owned();
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
            let list: Vec<Value> = (0..count).rev().filter(of_kind).map(|n| listed(world, n)).collect();
            answer(StatusCode::OK, &json!({ "next": null, "results": list }))
        }
        (&Method::GET, ["v1", _, id]) => {
            let forgets = {
                let mut gpu = world.gpu.borrow_mut();
                gpu.asked += 1;
                let forgets = gpu.forgets > 0;
                gpu.forgets = gpu.forgets.saturating_sub(1);
                forgets
            };
            match number(id).filter(|_| !forgets) {
                None => problem(StatusCode::NOT_FOUND),
                Some(n) => answer(StatusCode::OK, &now(world, n)),
            }
        }
        (&Method::GET, ["files", id, name]) => {
            let time = world.time.get();
            let kept = |job: &Job| job.ended_at.is_some_and(|at| time - at < OUTPUTS_KEPT_MS);
            match number(id).filter(|n| world.gpu.borrow().jobs.get(*n).is_some_and(kept)) {
                None => problem(StatusCode::NOT_FOUND),
                Some(_) => Response::new(if name.contains("song") { files::SONG } else { files::PIXEL }.to_vec()),
            }
        }
        (&Method::DELETE, ["v1", "models", .., "versions", version]) => {
            world.gpu.borrow_mut().deleted_models.insert((*version).to_owned());
            answer(StatusCode::NO_CONTENT, &Value::Null)
        }
        (&Method::GET, ["weights", _] | ["provider-files", ..]) => files::weights(),
        _ => problem(StatusCode::NOT_FOUND),
    }
}

/// The container: it can be told to start and to stop, and not be asked. What runs is not begun again.
pub fn cog(world: &World, request: &http::Request<Vec<u8>>) -> Response<Vec<u8>> {
    let path = request.uri().path().trim_matches('/').to_owned();
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

impl Job {
    /// Whether it is in Replicate's list of trainings, or in that of predictions.
    fn is_listed(&self, training: bool) -> bool {
        self.cog.is_none() && self.is_training() == training
    }

    /// How it ends, as things are.
    pub const fn last_word(&self) -> Status {
        if self.canceled { Status::Canceled } else { self.end }
    }

    /// Whether it trains a model.
    pub fn is_training(&self) -> bool {
        self.product == Product::Model
    }

    /// The task it was begun for, which stands in the URL it reports to.
    pub fn task(&self) -> &str {
        self.webhook.split("task=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default()
    }
}

fn submit(world: &World, body: &[u8], training: bool, cog: Option<String>) -> Response<Vec<u8>> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let webhook = body.get("webhook").and_then(Value::as_str).unwrap_or_default().to_owned();
    let input = body.get("input").cloned().unwrap_or_default();
    let number = |name: &str| input.get(name).and_then(Value::as_u64);
    let (asked, product) = match number("num_songs") {
        _ if training => (1, Product::Model),
        Some(songs) => (songs, Product::Songs),
        None => (number("num_outputs").unwrap_or(1), Product::Pictures),
    };
    let calm = world.faults.get().callback == 0;
    let end = match world.below(10) {
        _ if calm => Status::Succeeded,
        0 | 1 => Status::Failed,
        2 => Status::Canceled,
        _ => Status::Succeeded,
    };
    // The safety filter may leave fewer.
    let files = if calm || world.below(4) > 0 { asked } else { world.below(asked + 1) };
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
        gpu.jobs.push(Job {
            product,
            webhook,
            input,
            cog,
            submitted_at,
            end,
            ended_at,
            files,
            said_succeeded,
            canceled,
        });
        gpu.jobs.len() - 1
    };
    world.tell(|| format!("the provider takes job {job}, which takes {takes} ms and will have {end:?}"));
    world.later(takes, Event::JobEnds(job));
    answer(StatusCode::CREATED, &now(world, job))
}

/// A job as it stands in a list: with what it was asked for, without where it reports to.
fn listed(world: &World, n: usize) -> Value {
    let mut shown = now(world, n);
    let input = world.gpu.borrow().jobs.get(n).map(|job| job.input.clone());
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("webhook");
        fields.insert("input".to_owned(), input.unwrap_or_default());
    }
    shown
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
pub fn show(world: &World, n: usize, status: Status) -> Value {
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
    let url = |k: u64| match (&job.cog, job.product) {
        (None, Product::Songs) => format!("{BASE_URL}/files/{n}/song-{k}.ogg"),
        (None, _) => format!("{BASE_URL}/files/{n}/{k}.png"),
        (Some(_), Product::Songs) => files::data_url("audio/ogg", files::SONG),
        (Some(_), _) => files::data_url("image/png", files::PIXEL),
    };
    match (&job.cog, job.product) {
        (None, Product::Model) => {
            json!({ "version": format!("likeness/a:{n:064x}"), "weights": format!("{BASE_URL}/weights/{n}") })
        }
        // It was uploaded, as the path alone that it is.
        (Some(_), Product::Model) => json!(format!("{UPLOADED}/{n}/id/trained_model.tar")),
        (_, Product::Pictures) => (0..job.files).map(url).collect(),
        (_, Product::Songs) => {
            let songs: Vec<Value> = (0..job.files).map(|k| json!({ "url": url(k) })).collect();
            json!({ "audio": songs, "lyrics": "la la" })
        }
    }
}
