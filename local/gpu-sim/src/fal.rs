//! fal.ai's queue API: requests to apps, asked about by their ids, with callbacks at their end that are signed with Ed25519.

mod apps;
mod input;
mod problem;
mod show;
mod sign;
mod submit;

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::job::Job;
use crate::protocol::Protocol;
use crate::queue;
use crate::state::Shared;
use apps::{kind_of, trainer};
use problem::Problem;

pub(crate) use show::end;
pub(crate) use sign::{callback, forged};

/// The queue, and the keys that callbacks are verified with.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/{owner}/{alias}", post(submit::to_app))
        .route("/{owner}/{alias}/{sub}", post(submit::to_path_of_app))
        .route("/{owner}/{alias}/{sub}/{leaf}", post(submit::to_deep_path_of_app))
        .route("/{owner}/{alias}/requests/{id}", get(result))
        .route("/{owner}/{alias}/requests/{id}/status", get(status))
        .route("/{owner}/{alias}/requests/{id}/cancel", put(cancel))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), authenticate))
        .route("/.well-known/jwks.json", get(keys))
}

async fn authenticate(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    if value.strip_prefix("Key ") == Some(shared.options.fal_key.as_str()) {
        next.run(request).await
    } else {
        Problem::unauthenticated().into_response()
    }
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(sign::jwks(&shared.options.fal_key))
}

/// What a path names a request by.
type OfRequest = Path<(String, String, String)>;

fn find(shared: &Shared, (owner, alias, id): &(String, String, String)) -> Result<Job, Problem> {
    let app = format!("{owner}/{alias}");
    let kind = kind_of(&app).ok_or_else(|| Problem::no_app(&app))?;
    shared.find(Protocol::Fal, kind, id).ok_or_else(Problem::no_request)
}

#[derive(Deserialize)]
struct Logs {
    #[serde(default)]
    logs: Option<String>,
}

async fn status(
    State(shared): State<Arc<Shared>>,
    Path(request): OfRequest,
    Query(query): Query<Logs>,
) -> Result<Response, Problem> {
    let job = find(&shared, &request)?;
    let logs = matches!(query.logs.as_deref(), Some("1" | "true"));
    let code = if job.is_terminal() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((code, Json(show::status(&job, &shared.options.base_url, logs))).into_response())
}

async fn result(State(shared): State<Arc<Shared>>, Path(request): OfRequest) -> Result<Response, Problem> {
    let job = find(&shared, &request)?;
    if !job.is_terminal() {
        return Err(Problem::in_progress());
    }
    if job.output.is_null() && job.status == "succeeded" {
        return Err(Problem::no_request());
    }
    let (code, body) = show::result(&job);
    let mut response = (code, Json(body)).into_response();
    if let Some(name) = show::error_type(&job) {
        response.headers_mut().insert("x-fal-error-type", HeaderValue::from_static(name));
    }
    Ok(response)
}

/// Removes what a request was given, and the files that it made.
pub(crate) async fn delete_payloads(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Key "));
    if key != Some(shared.options.fal_admin_key.as_str()) {
        return Problem::unauthenticated().into_response();
    }
    let found = shared.with(|state| {
        let job = state.jobs.iter_mut().find(|job| job.protocol == Protocol::Fal && job.id == id)?;
        let weights = trainer(&job.model).and_then(|trainer| job.output.get(trainer.output)?.get("url")?.as_str());
        let version = weights.and_then(|url| url.rsplit('/').nth(1)).map(str::to_owned);
        (job.input, job.output) = (json!({}), Value::Null);
        state.files.retain(|name, _| !name.starts_with(&format!("{id}-")));
        Some(version.map(|version| state.weights_gone_at.insert(version, 0)))
    });
    if found.is_some() { StatusCode::NO_CONTENT.into_response() } else { Problem::no_request().into_response() }
}

async fn cancel(State(shared): State<Arc<Shared>>, Path(request): OfRequest) -> Response {
    let answer = match find(&shared, &request) {
        Ok(job) if queue::cancel(&shared, job.key) => (StatusCode::ACCEPTED, "CANCELLATION_REQUESTED"),
        Ok(_) => (StatusCode::BAD_REQUEST, "ALREADY_COMPLETED"),
        Err(_) => (StatusCode::NOT_FOUND, "NOT_FOUND"),
    };
    (answer.0, Json(json!({ "status": answer.1 }))).into_response()
}
