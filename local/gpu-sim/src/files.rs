//! Files: what was made, for as long as the provider keeps them, and the weights of trained versions.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::job::Job;
use crate::protocol::File;
use crate::state::{OutputFile, Shared};
use crate::{Misbehaviour, weights};

/// Not where any provider keeps files.
const ELSEWHERE: &str = "http://169.254.169.254";

/// Keeps what a job made and returns its URL.
pub(crate) fn keep(shared: &Shared, job: &Job, n: usize, file: impl Into<File>, lifetime_seconds: i64) -> String {
    let file: File = file.into();
    let name = format!("{}-{n}.{}", job.id, file.extension);
    let base = if job.is(Misbehaviour::BadOutput) { ELSEWHERE } else { &shared.options.base_url };
    let url = format!("{base}/files/{name}");
    let file = OutputFile {
        bytes: Arc::new(file.bytes),
        media_type: file.media_type,
        gone_at: jiff::Timestamp::now().as_second().saturating_add(lifetime_seconds),
    };
    shared.with(|state| state.files.insert(name, file));
    url
}

/// The URL of a version's file.
pub(crate) fn weights_url(shared: &Shared, version: &str, name: &str) -> String {
    format!("{}/weights/{version}/{name}", shared.options.base_url)
}

pub(crate) async fn output(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let now = jiff::Timestamp::now().as_second();
    let file = shared.with(|state| {
        state.files.retain(|_, file| now <= file.gone_at);
        state.files.get(&name).cloned()
    });
    match file {
        Some(file) => ([(header::CONTENT_TYPE, file.media_type)], file.bytes.to_vec()).into_response(),
        None => not_found("The file is not here, or not any more."),
    }
}

/// The weights in a tar, as Replicate gives them.
pub(crate) async fn tar(State(shared): State<Arc<Shared>>, Path(version): Path<String>) -> Response {
    match weights_of(&shared, version).await {
        Some(file) => ([(header::CONTENT_TYPE, "application/x-tar")], weights::tar_of(&file)).into_response(),
        None => not_found("The version is not here."),
    }
}

/// Whether fal does not keep a version's weights any more.
fn are_gone(shared: &Shared, version: &str) -> bool {
    let now = jiff::Timestamp::now().as_second();
    shared.with(|state| state.weights_gone_at.get(version).is_some_and(|gone_at| now > *gone_at))
}

/// The weights plain, as fal gives them.
pub(crate) async fn safetensors(State(shared): State<Arc<Shared>>, Path(version): Path<String>) -> Response {
    if are_gone(&shared, &version) {
        return not_found("The file is not here any more.");
    }
    match weights_of(&shared, version).await {
        Some(file) => ([(header::CONTENT_TYPE, "application/octet-stream")], file).into_response(),
        None => not_found("The version is not here."),
    }
}

/// What goes with the weights at fal.
pub(crate) async fn config(State(shared): State<Arc<Shared>>, Path(version): Path<String>) -> Response {
    match shared.photos(&version) {
        Some(photos) => Json(config_of(photos.len())).into_response(),
        None => not_found("The version is not here."),
    }
}

/// How a version was trained.
pub(crate) fn config_of(photos: usize) -> Value {
    json!({ "simulated": true, "images": photos })
}

/// The safetensors file of a version that is here.
pub(crate) async fn weights_of(shared: &Shared, version: String) -> Option<Vec<u8>> {
    let photos = shared.photos(&version)?;
    tokio::task::spawn_blocking(move || weights::file(&version, &photos)).await.ok()?.ok()
}

fn not_found(detail: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "detail": detail, "status": 404 }))).into_response()
}
