//! Models: the trainers there are, and destinations that are made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::OWNER;
use crate::problem::Problem;
use crate::state::Shared;

/// The trainers, and the version each has.
pub(super) const TRAINERS: [(&str, &str); 2] = [
    ("ostris/flux-dev-lora-trainer", "26dce37af90b9d997eeb970d92e47de3064d46c300504ae376c75bef6a9022d2"),
    ("replicate/fast-flux-trainer", "8b10794665aed907bb98a1a5324cd1d3a8bea0e9b31e65210967fb9c9e2e08ed"),
];

/// A model to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to be checked")]
pub(super) struct Create {
    owner: String,
    name: String,
    visibility: String,
    hardware: String,
    #[serde(default)]
    description: Option<String>,
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    body: String,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let wanted: Create = serde_json::from_str(&body).map_err(|error| Problem::invalid_input(&error.to_string()))?;
    if wanted.owner != OWNER || !matches!(wanted.visibility.as_str(), "public" | "private") {
        return Err(Problem::invalid_input("owner has to be your account, visibility public or private"));
    }
    let full_name = format!("{}/{}", wanted.owner, wanted.name);
    if !shared.with(|state| state.models.insert(full_name)) {
        return Err(Problem::model_exists());
    }
    Ok((StatusCode::CREATED, Json(model(&shared, &wanted.owner, &wanted.name, None))))
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let full_name = format!("{owner}/{name}");
    let trainer = TRAINERS.iter().find(|(trainer, _)| *trainer == full_name);
    if trainer.is_none() && !shared.with(|state| state.models.contains(&full_name)) {
        return Err(Problem::not_found("The requested resource could not be found."));
    }
    Ok(Json(model(&shared, &owner, &name, trainer.map(|(_, version)| *version))))
}

fn model(shared: &Shared, owner: &str, name: &str, latest_version: Option<&str>) -> Value {
    json!({
        "url": format!("{}/{owner}/{name}", shared.options.base_url), "owner": owner, "name": name,
        "description": "Simulated", "visibility": "private", "github_url": null, "paper_url": null, "license_url": null,
        "run_count": 0, "cover_image_url": null, "default_example": null, "is_official": false,
        "latest_version": latest_version.map(|id| json!({ "id": id, "created_at": "2025-01-01T00:00:00Z" })),
    })
}
