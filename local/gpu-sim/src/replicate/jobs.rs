//! Trainings and predictions: submitted, shown, listed and canceled.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::models::{ANY_WEIGHTS, TRAINERS};
use super::problem::Problem;
use super::show::{listed, to_json};
use crate::field::BadField;
use crate::job::{Job, Kind, plain_id};
use crate::protocol::Protocol;
use crate::queue::{self, Refusal};
use crate::state::Shared;
use crate::work::{FLUX_1, Photos, Pictures, Weights, Work};
use crate::{Misbehaviour, models};

/// Fewest photos a training takes.
const PHOTOS_MIN: usize = 10;
/// How long a version that is pushed late is not there.
const PUSHED_AFTER: Duration = Duration::from_secs(3);
/// The strengths that versions of the fine-tuner take.
const SCALE_OF_VERSIONS: RangeInclusive<f64> = -1.0..=2.0;
/// The strengths that the model takes which makes pictures with any weights.
const SCALE_OF_ANY_WEIGHTS: RangeInclusive<f64> = -1.0..=3.0;
/// Jobs a page.
const PAGE: usize = 100;
/// Longest time a request can wait for its outcome.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Where a page of jobs begins.
pub(super) type PageQuery = Query<Cursor>;

#[derive(Deserialize)]
pub(super) struct Cursor {
    #[serde(default)]
    cursor: usize,
}

/// A submission's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    #[serde(default)]
    destination: Option<String>,
    #[serde(default)]
    version: Option<String>,
    input: serde_json::Map<String, Value>,
    #[serde(default)]
    webhook: Option<String>,
    #[serde(default)]
    webhook_events_filter: Option<Vec<String>>,
}

pub(super) async fn train(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, version)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let submission = parse(&body)?;
    let trainer = format!("{owner}/{name}");
    if !TRAINERS.contains(&(trainer.as_str(), version.as_str())) {
        return Err(Problem::invalid_version());
    }
    let destination = submission.destination.clone().unwrap_or_default();
    if !shared.with(|state| state.models.contains(&destination)) {
        return Err(Problem::not_found("The specified training destination does not exist"));
    }
    let url = submission.input.get("input_images").and_then(Value::as_str).map(str::to_owned);
    let work = Work::Train(Photos { url, field: "input_images", count_min: PHOTOS_MIN, family: FLUX_1 });
    accept(&shared, job(&shared, work, (trainer, version), submission), None).await
}

/// Makes pictures with a trained version; with weights from anywhere, if the input names some.
pub(super) async fn predict(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let submission = parse(&body)?;
    let version = submission.version.clone().unwrap_or_default();
    if is_pushed_later(&shared, &version) || shared.photos(&version).is_none() {
        return Err(Problem::invalid_version());
    }
    check_scale(&submission, SCALE_OF_VERSIONS)?;
    let model = version.split(':').next().unwrap_or_default().to_owned();
    let weights = weights_of(&submission).unwrap_or_else(|| Weights::Version(version.clone()));
    generate(&shared, &headers, weights, (model, version), submission).await
}

/// Makes pictures with weights from anywhere, or whatever the model makes.
pub(super) async fn predict_with_model(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let model = format!("{owner}/{name}");
    let submission = parse(&body)?;
    if let Some(run) = models::of_replicate(&model, &submission.input) {
        let job = job(&shared, Work::Run(run?), (model, String::new()), submission);
        return accept(&shared, job, prefer_wait(&headers)).await;
    }
    if model != ANY_WEIGHTS {
        return Err(Problem::not_found("The requested resource could not be found."));
    }
    check_scale(&submission, SCALE_OF_ANY_WEIGHTS)?;
    // The real model would do without, and knows nobody then.
    let weights = weights_of(&submission).ok_or(BadField { name: "lora_weights", why: None })?;
    generate(&shared, &headers, weights, (model, String::new()), submission).await
}

/// Whether a version is said to be there, and is not yet.
fn is_pushed_later(shared: &Shared, version: &str) -> bool {
    let id = version.rsplit(':').next().unwrap_or(version);
    let now = jiff::Timestamp::now();
    let late = |seconds: f64| seconds < PUSHED_AFTER.as_secs_f64();
    shared.with(|state| {
        let mut named = state.trained.iter().filter(|trained| trained.version == id && trained.is_late);
        named.any(|trained| late(now.duration_since(trained.at).as_secs_f64()))
    })
}

/// Refuses a strength that the model does not take.
fn check_scale(submission: &Submission, takes: RangeInclusive<f64>) -> Result<(), Problem> {
    let Some(scale) = submission.input.get("lora_scale") else { return Ok(()) };
    let fits = scale.as_f64().is_some_and(|scale| takes.contains(&scale));
    let why = Some("has to be a number that the model takes");
    if fits { Ok(()) } else { Err(BadField { name: "lora_scale", why }.into()) }
}

fn weights_of(submission: &Submission) -> Option<Weights> {
    Some(Weights::Url(submission.input.get("lora_weights")?.as_str()?.to_owned()))
}

async fn generate(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    weights: Weights,
    model: (String, String),
    submission: Submission,
) -> Result<Response, Problem> {
    let pictures = Pictures::of_flux(&submission.input, weights)?;
    accept(shared, job(shared, Work::Generate(pictures), model, submission), prefer_wait(headers)).await
}

fn parse(body: &str) -> Result<Submission, Problem> {
    serde_json::from_str(body).map_err(|error| Problem::invalid_input(&format!("- body: {error}")))
}

impl From<BadField> for Problem {
    fn from(field: BadField) -> Self {
        let name = field.name;
        Self::invalid_input(&match field.why {
            Some(why) => format!("- input.{name}: {why}"),
            None => format!("- input: {name} is required"),
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Throttled => Self::throttled(),
            Refusal::OutOfCredit => Self::insufficient_credit(),
            Refusal::InvalidInput => Self::invalid_input("sim:refuse was asked for"),
            Refusal::Internal => Self::internal(),
        }
    }
}

/// `Prefer: wait` or `wait=n`, n in seconds.
fn prefer_wait(headers: &HeaderMap) -> Option<Duration> {
    match headers.get("prefer")?.to_str().ok()?.strip_prefix("wait")? {
        "" => Some(WAIT_MAX),
        seconds => Some(Duration::from_secs(seconds.strip_prefix('=')?.parse().ok()?).min(WAIT_MAX)),
    }
}

fn job(shared: &Shared, work: Work, (model, version): (String, String), submission: Submission) -> Job {
    let Submission { input, destination, webhook, webhook_events_filter, .. } = submission;
    let all_events = || ["start", "output", "logs", "completed"].map(str::to_owned).to_vec();
    let input = Value::Object(input);
    Job {
        model,
        version,
        webhook,
        events: webhook_events_filter.unwrap_or_else(all_events),
        ..Job::new(&shared.options, Protocol::Replicate, plain_id(), work, input, destination)
    }
}

/// Accepts a job, unless it is to be refused, and lets it run.
async fn accept(shared: &Arc<Shared>, job: Job, wait: Option<Duration>) -> Result<Response, Problem> {
    if let Some(refusal) = queue::refusal(&job) {
        return Err(refusal.into());
    }
    let job = shared.take(job);
    let body = to_json(&job, &shared.options.base_url);
    let running = queue::run_in_background(shared, job.key);
    if job.is(Misbehaviour::Drop) {
        return Ok(queue::dropped(StatusCode::CREATED));
    }
    let Some(wait) = wait else {
        return Ok((StatusCode::CREATED, Json(body)).into_response());
    };
    drop(tokio::time::timeout(wait, running).await);
    let job = shared.job(job.key).unwrap_or(job);
    let status = if job.is_terminal() { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok((status, Json(to_json(&job, &shared.options.base_url))).into_response())
}

pub(super) fn show(
    kind: Kind,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = find(&shared, kind, &id)?;
    Ok(Json(to_json(&job, &shared.options.base_url)))
}

pub(super) fn list(kind: Kind, State(shared): State<Arc<Shared>>, Query(page): PageQuery) -> Json<Value> {
    let base_url = &shared.options.base_url;
    let url = |cursor: usize| format!("{base_url}/v1/{}?cursor={cursor}", kind.path());
    let (total, results) = shared.with(|state| {
        let own = |job: &&Job| job.protocol == Protocol::Replicate && job.kind == kind;
        let jobs: Vec<&Job> = state.jobs.iter().rev().filter(own).collect();
        let results: Vec<Value> = jobs.iter().skip(page.cursor).take(PAGE).map(|job| listed(job, base_url)).collect();
        (jobs.len(), results)
    });
    let next = page.cursor.saturating_add(PAGE);
    let previous = (page.cursor > 0).then(|| url(page.cursor.saturating_sub(PAGE)));
    Json(json!({ "previous": previous, "next": (next < total).then(|| url(next)), "results": results }))
}

pub(super) fn cancel(kind: Kind, state: State<Arc<Shared>>, id: Path<String>) -> Result<Json<Value>, Problem> {
    queue::cancel(&state, find(&state, kind, &id)?.key);
    show(kind, state, id)
}

fn find(shared: &Shared, kind: Kind, id: &str) -> Result<Job, Problem> {
    let job = shared.find(Protocol::Replicate, kind, id);
    job.ok_or_else(|| Problem::not_found("The requested resource could not be found."))
}
