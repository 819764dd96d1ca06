//! The deployment's own models: a catalogue file like ours, put into the store.

pub(crate) mod replace;
pub(crate) mod show;

use serde_json::json;

use crate::openapi::content::Content;

/// A catalogue file: each model is what `GET /api/v1/models` shows of it, and what it is at the providers.
fn catalogue() -> Content {
    Content::Schema(json!({
        "type": "object",
        "properties": {
            "models": { "type": "array", "items": { "type": "object" } },
            "trainers": { "type": "array", "items": { "type": "object" } },
        },
        "required": ["models"],
    }))
}
