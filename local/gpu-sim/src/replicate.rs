//! Replicate's HTTP API.

mod jobs;
mod models;
mod problem;
mod show;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::job::Kind;
use crate::state::Shared;
use problem::Problem;

pub(crate) use show::{ALL_UNSAFE, callback, end, forged};

/// What is under `/v1`.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/account", get(account))
        .route("/webhooks/default/secret", get(webhook_secret))
        .route("/models", post(models::create))
        .route("/models/{owner}/{name}", get(models::show))
        .route("/models/{owner}/{name}/predictions", post(jobs::predict_with_model))
        .route("/models/{owner}/{name}/versions", get(models::list_versions))
        .route("/models/{owner}/{name}/versions/{version}", get(models::show_version).delete(models::delete_version))
        .route("/models/{owner}/{name}/versions/{version}/trainings", post(jobs::train))
        .route("/trainings", get(list_trainings))
        .route("/trainings/{id}", get(show_training))
        .route("/trainings/{id}/cancel", post(cancel_training))
        .route("/predictions", get(list_predictions).post(jobs::predict))
        .route("/predictions/{id}", get(show_prediction))
        .route("/predictions/{id}/cancel", post(cancel_prediction))
        .fallback(async || Problem::not_found("The requested resource could not be found."))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), authenticate))
}

async fn authenticate(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("Token "));
    if token == Some(shared.options.token.as_str()) {
        next.run(request).await
    } else {
        Problem::unauthenticated().into_response()
    }
}

async fn account() -> impl IntoResponse {
    Json(json!({ "type": "user", "username": models::OWNER, "name": "Simulated account" }))
}

async fn webhook_secret(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    Json(json!({ "key": shared.options.webhook_secret }))
}

macro_rules! of_kind {
    ($kind:expr, $list:ident, $show:ident, $cancel:ident) => {
        async fn $list(state: State<Arc<Shared>>, query: jobs::PageQuery) -> impl IntoResponse {
            jobs::list($kind, state, query)
        }
        async fn $show(state: State<Arc<Shared>>, id: Path<String>) -> impl IntoResponse {
            jobs::show($kind, state, id)
        }
        async fn $cancel(state: State<Arc<Shared>>, id: Path<String>) -> impl IntoResponse {
            jobs::cancel($kind, state, id)
        }
    };
}

of_kind!(Kind::Training, list_trainings, show_training, cancel_training);
of_kind!(Kind::Prediction, list_predictions, show_prediction, cancel_prediction);
