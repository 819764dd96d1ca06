//! A self-hosted Cog container: jobs are submitted and canceled, and told of by callbacks only. It has no accounts and keeps no records.

mod input;
mod output;
mod problem;
mod schema;
mod show;
mod slots;
mod submit;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::job::Kind;
use crate::protocol::Protocol;
use crate::queue;
use crate::state::Shared;

use slots::has_room;

pub(crate) use input::check_weights_url;
pub(crate) use output::end;
pub(crate) use show::callback;

/// What a container serves.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/health-check", get(health))
        .route("/openapi.json", get(schema::schema))
        .route("/predictions", post(submit::prediction))
        .route("/predictions/{id}", put(submit::named_prediction))
        .route("/predictions/{id}/cancel", post(cancel_prediction))
        .route("/trainings", post(submit::training))
        .route("/trainings/{id}", put(submit::named_training))
        .route("/trainings/{id}/cancel", post(cancel_training))
}

async fn health(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let status = if shared.with(|state| has_room(&shared, &state.jobs)) { "READY" } else { "BUSY" };
    let at = shared.started_at.to_string();
    Json(json!({
        "status": status,
        "setup": { "started_at": at, "completed_at": at, "status": "succeeded", "logs": "SIMULATED: no GPU works here.\n" },
        "version": { "coglet": show::VERSION, "python_sdk": show::VERSION, "python": "3.13.0" },
    }))
}

async fn cancel_prediction(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    cancel(&shared, Kind::Prediction, &id)
}

async fn cancel_training(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    cancel(&shared, Kind::Training, &id)
}

/// Cancels a job that runs: one that ended is forgotten.
fn cancel(shared: &Arc<Shared>, kind: Kind, id: &str) -> (StatusCode, Json<Value>) {
    let canceled = shared.find(Protocol::Cog, kind, id).is_some_and(|job| queue::cancel(shared, job.key));
    (if canceled { StatusCode::OK } else { StatusCode::NOT_FOUND }, Json(json!({})))
}
