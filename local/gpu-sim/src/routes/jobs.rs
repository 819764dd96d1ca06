//! Trainings and predictions: submitted, shown, listed and canceled.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::models::TRAINERS;
use crate::job::{Job, Kind};
use crate::picture;
use crate::problem::Problem;
use crate::state::Shared;
use crate::{Misbehaviour, deliver, run};

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
    accept(&shared, job(&shared, Kind::Training, (trainer, version), submission), None).await
}

pub(super) async fn predict(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let submission = parse(&body)?;
    let version = submission.version.clone().unwrap_or_default();
    if shared.photos(&version).is_none() {
        return Err(Problem::invalid_version());
    }
    check_input(&submission.input)?;
    let model = version.split(':').next().unwrap_or_default().to_owned();
    let wait = prefer_wait(&headers);
    accept(&shared, job(&shared, Kind::Prediction, (model, version), submission), wait).await
}

fn parse(body: &str) -> Result<Submission, Problem> {
    serde_json::from_str(body).map_err(|error| Problem::invalid_input(&format!("- body: {error}")))
}

fn check_input(input: &serde_json::Map<String, Value>) -> Result<(), Problem> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    if text("prompt").is_none() {
        return Err(Problem::invalid_input("- input: prompt is required"));
    }
    if picture::size_of(text("aspect_ratio").unwrap_or("1:1")).is_none() {
        return Err(Problem::invalid_input("- input.aspect_ratio: is not one of the ratios"));
    }
    if picture::Format::parse(text("output_format").unwrap_or("webp")).is_none() {
        return Err(Problem::invalid_input("- input.output_format: has to be webp, jpg or png"));
    }
    if !input.get("num_outputs").is_none_or(|count| count.as_u64().is_some_and(|count| (1..=4).contains(&count))) {
        return Err(Problem::invalid_input("- input.num_outputs: has to be from 1 to 4"));
    }
    Ok(())
}

/// `Prefer: wait` or `wait=n`, n in seconds.
fn prefer_wait(headers: &HeaderMap) -> Option<Duration> {
    match headers.get("prefer")?.to_str().ok()?.strip_prefix("wait")? {
        "" => Some(WAIT_MAX),
        seconds => Some(Duration::from_secs(seconds.strip_prefix('=')?.parse().ok()?).min(WAIT_MAX)),
    }
}

fn job(shared: &Shared, kind: Kind, (model, version): (String, String), submission: Submission) -> Job {
    let input = Value::Object(submission.input);
    let asked = ["prompt", "trigger_word"].map(|field| input.get(field).and_then(Value::as_str).unwrap_or(""));
    let text = format!("{} {} {}", asked[0], asked[1], submission.destination.as_deref().unwrap_or(""));
    let mut misbehaviour = shared.options.misbehaviour.clone();
    misbehaviour.extend(Misbehaviour::asked_for_in(&text));
    let all_events = || ["start", "output", "logs", "completed"].map(str::to_owned).to_vec();
    Job {
        id: job_id(),
        kind,
        model,
        version,
        input,
        destination: submission.destination,
        webhook: submission.webhook,
        events: submission.webhook_events_filter.unwrap_or_else(all_events),
        status: "starting",
        created_at: jiff::Timestamp::now(),
        started_at: None,
        completed_at: None,
        output: Value::Null,
        error: Value::Null,
        logs: String::new(),
        misbehaviour,
        deliveries: Vec::new(),
    }
}

/// An id of the form Replicate's have: 26 letters and digits.
fn job_id() -> String {
    let letters = b"abcdefghjkmnpqrstvwxyz0123456789";
    (0..26).filter_map(|_| letters.get(usize::from(rand::random::<u8>() % 32))).copied().map(char::from).collect()
}

/// Accepts a job, unless it is to be refused, and lets it run.
async fn accept(shared: &Arc<Shared>, job: Job, wait: Option<Duration>) -> Result<Response, Problem> {
    if job.is(Misbehaviour::Throttle) {
        return Err(Problem::throttled());
    }
    if job.is(Misbehaviour::Broke) {
        return Err(Problem::insufficient_credit());
    }
    if job.is(Misbehaviour::Refuse) {
        return Err(Problem::invalid_input("sim:refuse was asked for"));
    }
    if job.is(Misbehaviour::Error) {
        return Err(Problem::internal());
    }
    shared.with(|state| state.jobs.push(job.clone()));
    let body = job.to_json(&shared.options.base_url);
    let running = tokio::spawn(run::run(Arc::clone(shared), job.clone()));
    if job.is(Misbehaviour::Drop) {
        return Ok(dropped());
    }
    let Some(wait) = wait else {
        return Ok((StatusCode::CREATED, Json(body)).into_response());
    };
    drop(tokio::time::timeout(wait, running).await);
    let job = shared.job(job.kind, &job.id).unwrap_or(job);
    let status = if job.is_terminal() { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok((status, Json(job.to_json(&shared.options.base_url))).into_response())
}

/// A response whose body breaks off at once: the caller has no answer, and cannot know whether the job was accepted.
fn dropped() -> Response {
    let broken = axum::body::Body::from_stream(BrokenOff);
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], broken).into_response()
}

struct BrokenOff;

impl futures_util::Stream for BrokenOff {
    type Item = Result<axum::body::Bytes, std::io::Error>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

pub(super) fn show(
    kind: Kind,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = shared.job(kind, &id).ok_or_else(|| Problem::not_found("The requested resource could not be found."))?;
    Ok(Json(job.to_json(&shared.options.base_url)))
}

pub(super) fn list(kind: Kind, State(shared): State<Arc<Shared>>, Query(page): PageQuery) -> Json<Value> {
    let base_url = &shared.options.base_url;
    let url = |cursor: usize| format!("{base_url}/v1/{}?cursor={cursor}", kind.path());
    let (total, results) = shared.with(|state| {
        let jobs: Vec<&Job> = state.jobs.iter().rev().filter(|job| job.kind == kind).collect();
        let results: Vec<Value> = jobs.iter().skip(page.cursor).take(PAGE).map(|job| job.to_json(base_url)).collect();
        (jobs.len(), results)
    });
    let next = page.cursor.saturating_add(PAGE);
    let previous = (page.cursor > 0).then(|| url(page.cursor.saturating_sub(PAGE)));
    Json(json!({ "previous": previous, "next": (next < total).then(|| url(next)), "results": results }))
}

pub(super) fn cancel(kind: Kind, state: State<Arc<Shared>>, id: Path<String>) -> Result<Json<Value>, Problem> {
    let shared = Arc::clone(&state.0);
    let mut canceled = None;
    shared.change(&id, |job| {
        if job.kind == kind && !job.is_terminal() {
            job.status = "canceled";
            job.completed_at = Some(jiff::Timestamp::now());
            canceled = Some(job.clone());
        }
    });
    if let Some(job) = canceled {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { deliver::finished(&shared, &job).await });
    }
    show(kind, state, id)
}
