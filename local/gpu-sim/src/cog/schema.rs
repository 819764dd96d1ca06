//! How a container describes itself: what `cog build` writes into its image.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::show::VERSION;
use crate::CogTrainer;
use crate::state::Shared;

/// The inputs and outputs of a container that trains and makes pictures, as far as anybody here reads them.
pub(super) async fn schema(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let path = json!({ "type": "string", "format": "uri" });
    let trained = match shared.options.cog_trainer {
        CogTrainer::Path => json!({ "title": "TrainingOutput", "type": "string", "format": "uri" }),
        CogTrainer::Object => {
            json!({ "title": "TrainingOutput", "type": "object", "properties": { "weights": path }, "required": ["weights"] })
        }
    };
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    Json(json!({
        "openapi": "3.0.2",
        "info": { "title": "Cog", "version": VERSION },
        "paths": { "/health-check": {}, "/predictions": {}, "/trainings": {} },
        "components": { "schemas": {
            "Input": { "title": "Input", "type": "object", "properties": { "prompt": text, "lora_weights": text }, "required": ["prompt"] },
            "Output": { "title": "Output", "type": "array", "items": path },
            "TrainingInput": {
                "title": "TrainingInput", "type": "object",
                "properties": { "input_images": path, "trigger_word": text, "steps": number },
            },
            "TrainingOutput": trained,
        } },
    }))
}
