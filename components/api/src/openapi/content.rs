//! What is in the body of a request or an answer, in the document.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::schemas::{Schemas, Type};

/// A body, either way.
#[derive(Clone)]
pub(crate) enum Content {
    /// JSON of a type; in an answer, as the `data` of a success.
    Json(Type),
    /// The same, or events of it.
    Live(Type),
    /// The same as the first, or a page that says the same.
    Page(Type),
    /// The same as the first, or a file in its place.
    OrFile(Type),
    /// The same as the first, by its schema.
    Schema(Value),
    /// Bytes of a media type.
    Bytes(&'static str),
    /// Nothing.
    Empty,
}

impl Content {
    /// JSON of this type.
    pub(crate) fn of<T: JsonSchema>() -> Self {
        Self::Json(SchemaGenerator::subschema_for::<T>)
    }

    /// The same, or events that have it as their data.
    pub(crate) fn live<T: JsonSchema>() -> Self {
        Self::Live(SchemaGenerator::subschema_for::<T>)
    }

    /// The same as the first, or a page that says the same.
    pub(crate) fn page<T: JsonSchema>() -> Self {
        Self::Page(SchemaGenerator::subschema_for::<T>)
    }

    /// JSON of this type, or a file in its place.
    pub(crate) fn or_file<T: JsonSchema>() -> Self {
        Self::OrFile(SchemaGenerator::subschema_for::<T>)
    }

    /// Its description, by media type; nothing where it is nothing.
    pub(super) fn describe(&self, example: Option<Value>, schema: impl FnOnce(&Self) -> Value) -> Option<Value> {
        let media_type = match self {
            Self::Live(_) => {
                let events = json!({ "schema": { "type": "string" } });
                return Some(json!({ "application/json": { "schema": schema(self) }, "text/event-stream": events }));
            }
            Self::Page(_) => {
                return Some(json!({ "application/json": { "schema": schema(self) }, "text/html": { "schema": {} } }));
            }
            Self::OrFile(_) => {
                let json = json!({ "schema": schema(self), "example": example });
                return Some(json!({ "application/json": json, "application/octet-stream": {} }));
            }
            Self::Json(_) | Self::Schema(_) => "application/json",
            Self::Bytes(media_type) => media_type,
            Self::Empty => return None,
        };
        let schema = schema(self);
        Some(match example {
            Some(example) => json!({ media_type: { "schema": schema, "example": example } }),
            None => json!({ media_type: { "schema": schema } }),
        })
    }

    /// Its schema, as it is sent here.
    pub(super) fn sent(&self, schemas: &mut Schemas) -> Value {
        match self {
            Self::Json(of) | Self::Live(of) | Self::Page(of) | Self::OrFile(of) => schemas.read(*of),
            Self::Schema(schema) => schema.clone(),
            Self::Bytes(_) | Self::Empty => json!({}),
        }
    }

    /// Its schema, as an answer has it.
    pub(super) fn answered(&self, schemas: &mut Schemas) -> Value {
        match self {
            Self::Json(of) | Self::Live(of) | Self::Page(of) | Self::OrFile(of) => success(&schemas.written(*of)),
            Self::Schema(schema) => success(schema),
            Self::Bytes(_) | Self::Empty => json!({}),
        }
    }
}

/// What every success looks like.
fn success(data: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "success": { "const": true }, "data": data },
        "required": ["success", "data"],
    })
}
