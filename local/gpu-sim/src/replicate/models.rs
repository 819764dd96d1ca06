//! Models: the trainers there are, and destinations that are made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::dataset;
use crate::state::Shared;

/// The account that the token belongs to.
pub(super) const OWNER: &str = "simulated";

/// The trainers, and the version each has.
pub(super) const TRAINERS: [(&str, &str); 2] = [
    ("ostris/flux-dev-lora-trainer", "26dce37af90b9d997eeb970d92e47de3064d46c300504ae376c75bef6a9022d2"),
    ("replicate/fast-flux-trainer", "8b10794665aed907bb98a1a5324cd1d3a8bea0e9b31e65210967fb9c9e2e08ed"),
];

/// The model that makes pictures with weights from anywhere; official, so it is named without a version.
pub(super) const ANY_WEIGHTS: &str = "black-forest-labs/flux-dev-lora";

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
    Ok((StatusCode::CREATED, Json(model(&shared, &wanted.owner, &wanted.name))))
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    check_exists(&shared, &format!("{owner}/{name}"))?;
    Ok(Json(model(&shared, &owner, &name)))
}

pub(super) async fn list_versions(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let full_name = format!("{owner}/{name}");
    check_exists(&shared, &full_name)?;
    Ok(Json(json!({ "previous": null, "next": null, "results": versions(&shared, &full_name) })))
}

pub(super) async fn show_version(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let found = versions(&shared, &format!("{owner}/{name}")).into_iter().find(|version| version["id"] == *id);
    found.map(Json).ok_or_else(not_found)
}

/// Forgets a version, and what it was trained with.
pub(super) async fn delete_version(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let full_name = format!("{owner}/{name}");
    let deleted = shared.with(|state| {
        let before = state.trained.len();
        state.trained.retain(|trained| trained.model != full_name || trained.version != id);
        before > state.trained.len() && state.versions.remove(&id).is_some()
    });
    if !deleted {
        return Err(not_found());
    }
    if let Some(state_dir) = &shared.options.state_dir {
        dataset::forget(state_dir, &id);
    }
    Ok(StatusCode::ACCEPTED)
}

fn check_exists(shared: &Shared, full_name: &str) -> Result<(), Problem> {
    let known = TRAINERS.iter().any(|(trainer, _)| *trainer == full_name)
        || shared.with(|state| state.models.contains(full_name));
    if known { Ok(()) } else { Err(not_found()) }
}

fn not_found() -> Problem {
    Problem::not_found("The requested resource could not be found.")
}

fn model(shared: &Shared, owner: &str, name: &str) -> Value {
    json!({
        "url": format!("{}/{owner}/{name}", shared.options.base_url), "owner": owner, "name": name,
        "description": "Simulated", "visibility": "private", "github_url": null, "paper_url": null, "license_url": null,
        "run_count": 0, "cover_image_url": null, "default_example": null, "is_official": false,
        "latest_version": versions(shared, &format!("{owner}/{name}")).into_iter().next(),
    })
}

/// A model's versions, newest first.
fn versions(shared: &Shared, full_name: &str) -> Vec<Value> {
    let inputs = |names: &[&str]| -> Value {
        let properties: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!({ "title": name }))).collect();
        json!({ "components": { "schemas": { "Input": { "type": "object", "properties": properties } } } })
    };
    let version = |id: &str, created_at: &str, schema: Value| json!({ "id": id, "created_at": created_at, "cog_version": "0.16.0", "openapi_schema": schema });
    let trainer = TRAINERS.iter().filter(|(trainer, _)| *trainer == full_name);
    let of_trainer =
        trainer.map(|(_, id)| version(id, "2025-01-01T00:00:00Z", inputs(&["input_images", "trigger_word", "steps"])));
    let picture_inputs = ["prompt", "aspect_ratio", "num_outputs", "seed", "output_format"];
    let trained = shared.with(|state| state.trained.clone());
    let of_destination = trained.iter().rev().filter(|trained| trained.model == full_name);
    let of_destination =
        of_destination.map(|trained| version(&trained.version, &trained.at.to_string(), inputs(&picture_inputs)));
    of_trainer.chain(of_destination).collect()
}
