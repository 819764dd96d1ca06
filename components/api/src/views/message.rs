//! What an account's own server is told of the end of a task.

use domain::{Task, TaskId};
use lifecycle::Ports;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::task::{self, View};
use crate::openapi::schemas::Schemas;

/// Largest message, in bytes. A larger one is cut to what tells which task it is about.
const BYTES_MAX: usize = 20 * 1024;

/// What an account's own server is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskMessage")]
pub(crate) struct Message {
    #[schemars(extend("enum" = ["task.completed", "task.failed", "task.canceled"]))]
    r#type: String,
    /// When the task ended.
    #[schemars(extend("format" = "date-time"))]
    timestamp: String,
    data: Told,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Told {
    /// The task.
    Whole(Box<View>),
    /// What tells which task it is, where the whole would be over 20 KB.
    Cut { id: TaskId, status: &'static str, truncated: bool },
}

/// The message that tells of an ended task, as JSON.
pub fn render<P: Ports>(ports: &P, task: &Task) -> Vec<u8> {
    let status = task.state.as_str();
    let message = |data| {
        let message = Message { r#type: format!("task.{status}"), timestamp: task.heard_at.to_string(), data };
        serde_json::to_vec(&message).unwrap_or_default()
    };
    let whole = message(Told::Whole(Box::new(task::view(ports, task))));
    if whole.len() <= BYTES_MAX {
        return whole;
    }
    message(Told::Cut { id: task.id.clone(), status, truncated: true })
}

/// The message's description.
pub(crate) fn describe(tag: &str, schemas: &mut Schemas) -> Value {
    let says = "To the `webhook_url` of the task, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, \
                `webhook-signature`). At least once; every repetition has the same `webhook-id`.";
    json!({
        "tags": [tag],
        "operationId": "taskEnded",
        "summary": "A task ended",
        "description": says,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": schemas.written(SchemaGenerator::subschema_for::<Message>) } },
        },
        "responses": { "2XX": { "description": "It arrived. After anything else it is sent again, for about two days." } },
    })
}
