//! The HTTP APIs on one port. Their paths do not meet: Replicate's begin with `/v1`, Cog's are few, and fal's are all others.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::middleware;
use axum::response::Response;
use axum::routing::{delete, get};

use crate::state::Shared;
use crate::{cog, fal, files, replicate};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(front_page))
        .route("/files/{name}", get(files::output))
        .route("/weights/{version}/trained_model.tar", get(files::tar))
        .route("/weights/{version}/lora.safetensors", get(files::safetensors))
        .route("/weights/{version}/config.json", get(files::config))
        .route("/v1/models/requests/{id}/payloads", delete(fal::delete_payloads))
        .merge(cog::router())
        .merge(fal::router(&shared))
        // A service of its own: what is not there under `/v1` is Replicate's to answer.
        .nest_service("/v1", replicate::router(&shared).with_state(Arc::clone(&shared)))
        .layer(middleware::map_response(mark))
        .with_state(shared)
}

/// Every response says what it comes from.
async fn mark(mut response: Response) -> Response {
    response.headers_mut().insert("x-likeness-simulated", HeaderValue::from_static("true"));
    response
}

async fn front_page() -> &'static str {
    "A simulator of GPU providers: the HTTP APIs of Replicate, fal.ai and Cog, no GPU, pictures marked SIMULATED.\n"
}
