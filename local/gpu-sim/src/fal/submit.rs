//! Requests that are submitted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem::Problem;
use super::{apps, input, show};
use crate::Misbehaviour;
use crate::job::Job;
use crate::protocol::Protocol;
use crate::state::Shared;
use crate::work::Work;
use crate::{models, queue};

/// How long files are kept.
const LIFECYCLE: &str = "x-fal-object-lifecycle-preference";

/// What is asked for besides the input.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    fal_webhook: Option<String>,
}

pub(super) async fn to_app(
    State(shared): State<Arc<Shared>>,
    Path((owner, alias)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    submit(&shared, format!("{owner}/{alias}"), "", asked, &headers, &body)
}

/// An app's further path says which of its things it is to do; its requests are asked about without it.
pub(super) async fn to_path_of_app(
    State(shared): State<Arc<Shared>>,
    Path((owner, alias, sub)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    submit(&shared, format!("{owner}/{alias}"), &format!("/{sub}"), asked, &headers, &body)
}

pub(super) async fn to_deep_path_of_app(
    State(shared): State<Arc<Shared>>,
    Path((owner, alias, sub, leaf)): Path<(String, String, String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    submit(&shared, format!("{owner}/{alias}"), &format!("/{sub}/{leaf}"), asked, &headers, &body)
}

/// How long the files of a request are to be kept, in seconds.
fn kept_seconds(headers: &HeaderMap) -> Option<i64> {
    let wanted: Value = serde_json::from_str(headers.get(LIFECYCLE)?.to_str().ok()?).ok()?;
    wanted.get("expiration_duration_seconds")?.as_i64()
}

fn submit(
    shared: &Arc<Shared>,
    app: String,
    path: &str,
    asked: Asked,
    headers: &HeaderMap,
    body: &str,
) -> Result<Response, Problem> {
    apps::kind_of(&app).ok_or_else(|| Problem::no_app(&app))?;
    let input: Map<String, Value> =
        serde_json::from_str(body).map_err(|error| Problem::invalid(&[], &error.to_string(), "json_invalid"))?;
    let whole = format!("{app}{path}");
    let work = if let Some(trainer) = apps::trainer(&whole) {
        input::training(trainer, &input)?
    } else if let Some(generator) = apps::generator(&whole) {
        input::generation(generator, &input)?
    } else {
        Work::Run(models::of_fal(&whole, &input).ok_or_else(|| Problem::no_app(&whole))??)
    };
    let job = Job {
        model: app,
        webhook: asked.fal_webhook,
        events: vec!["completed".to_owned()],
        kept_seconds: kept_seconds(headers),
        ..Job::new(&shared.options, Protocol::Fal, uuid(), work, Value::Object(input), None)
    };
    if let Some(refusal) = queue::refusal(&job) {
        return Err(refusal.into());
    }
    let job = shared.take(job);
    queue::run_in_background(shared, job.key);
    if job.is(Misbehaviour::Drop) {
        return Ok(queue::dropped(StatusCode::OK));
    }
    Ok(Json(show::queued(&job, &shared.options.base_url)).into_response())
}

/// A random UUID (version 4).
fn uuid() -> String {
    uuid::Builder::from_random_bytes(rand::random()).as_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_4() {
        for _ in 0..100 {
            let id = uuid();
            assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert_eq!(&id[14..15], "4", "{id}");
            assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
        }
    }
}
