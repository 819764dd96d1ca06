//! Jobs that are submitted: for their outcome, or to be told of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::input;
use super::problem::Problem;
use super::show::to_json;
use super::slots::has_room;
use crate::Misbehaviour;
use crate::job::{Job, Kind, plain_id};
use crate::protocol::Protocol;
use crate::queue;
use crate::state::Shared;

/// A submission's body.
#[derive(Deserialize)]
struct Submission {
    #[serde(default)]
    id: Option<String>,
    input: Map<String, Value>,
    #[serde(default)]
    webhook: Option<String>,
    #[serde(default)]
    webhook_events_filter: Option<Vec<String>>,
}

macro_rules! of_kind {
    ($kind:expr, $unnamed:ident, $named:ident) => {
        pub(super) async fn $unnamed(
            State(shared): State<Arc<Shared>>,
            headers: HeaderMap,
            body: String,
        ) -> Result<Response, Problem> {
            submit(&shared, $kind, None, &headers, &body).await
        }
        pub(super) async fn $named(
            State(shared): State<Arc<Shared>>,
            Path(id): Path<String>,
            headers: HeaderMap,
            body: String,
        ) -> Result<Response, Problem> {
            submit(&shared, $kind, Some(id), &headers, &body).await
        }
    };
}

of_kind!(Kind::Prediction, prediction, named_prediction);
of_kind!(Kind::Training, training, named_training);

async fn submit(
    shared: &Arc<Shared>,
    kind: Kind,
    id: Option<String>,
    headers: &HeaderMap,
    body: &str,
) -> Result<Response, Problem> {
    let submission: Submission =
        serde_json::from_str(body).map_err(|error| Problem::invalid(&[], &error.to_string(), "value_error"))?;
    if id.is_some() && submission.id.is_some() && submission.id != id {
        return Err(Problem::invalid(&["id"], "prediction ID must match the ID supplied in the URL", "value_error"));
    }
    let id = id.or_else(|| submission.id.clone()).unwrap_or_else(plain_id);
    let job = job(shared, kind, id, submission)?;
    if let Some(refusal) = queue::refusal(&job) {
        return Err(refusal.into());
    }
    let mut running = None;
    let taken = shared.take_if(job.clone(), |jobs| {
        running = in_flight(jobs, &job).cloned();
        running.is_none() && has_room(shared, jobs)
    });
    if let Some(running) = running {
        return Ok((StatusCode::ACCEPTED, Json(to_json(&running))).into_response());
    }
    let key = taken.ok_or_else(Problem::busy)?;
    queue::run_in_background(shared, key);
    let waits = headers.get("prefer").is_none_or(|value| value != "respond-async");
    if job.is(Misbehaviour::Drop) {
        return Ok(queue::dropped(if waits { StatusCode::OK } else { StatusCode::ACCEPTED }));
    }
    if !waits {
        return Ok((StatusCode::ACCEPTED, Json(json!({ "id": job.id, "status": "starting" }))).into_response());
    }
    let _caller = Caller { shared: Arc::clone(shared), key };
    until_ended(shared, key).await;
    Ok(Json(to_json(&shared.job(key).unwrap_or(job))).into_response())
}

/// The job of the same kind and id, while it runs.
fn in_flight<'a>(jobs: &'a [Job], wanted: &Job) -> Option<&'a Job> {
    let same = |job: &&Job| job.protocol == Protocol::Cog && job.kind == wanted.kind && job.id == wanted.id;
    jobs.iter().find(|job| same(job) && !job.is_terminal())
}

fn job(shared: &Shared, kind: Kind, id: String, submission: Submission) -> Result<Job, Problem> {
    let work = input::work(kind, &submission.input)?;
    let all_events = || ["start", "output", "logs", "completed"].map(str::to_owned).to_vec();
    Ok(Job {
        webhook: submission.webhook,
        events: submission.webhook_events_filter.unwrap_or_else(all_events),
        ..Job::new(&shared.options, Protocol::Cog, id, work, Value::Object(submission.input), None)
    })
}

/// Waits for a job's end, and not for its callbacks.
async fn until_ended(shared: &Shared, key: usize) {
    while shared.job(key).is_some_and(|job| !job.is_terminal()) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Whoever waits for a job. The job is canceled when they go away; after its end that does nothing.
struct Caller {
    shared: Arc<Shared>,
    key: usize,
}

impl Drop for Caller {
    fn drop(&mut self) {
        queue::cancel(&self.shared, self.key);
    }
}
