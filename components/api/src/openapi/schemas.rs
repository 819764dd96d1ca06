//! Schemas of wire types: as they are read, and as they are written.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::Code;

/// Makes the schema of one type; a reference, where it has a name of its own.
pub(crate) type Type = fn(&mut SchemaGenerator) -> Schema;

/// The schemas of all types so far.
pub(crate) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings =
            || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
        Self {
            read: settings().for_deserialize().into_generator(),
            written: settings().for_serialize().into_generator(),
        }
    }

    /// What callers send.
    pub(crate) fn read(&mut self, of: Type) -> Value {
        of(&mut self.read).into()
    }

    /// What callers are sent.
    pub(crate) fn written(&mut self, of: Type) -> Value {
        of(&mut self.written).into()
    }

    /// All that have a name, and those of errors.
    pub(crate) fn into_all(mut self) -> Map<String, Value> {
        let mut all = self.read.take_definitions(true);
        all.extend(self.written.take_definitions(true));
        all.insert("Code".to_owned(), Code::json_schema(&mut SchemaSettings::draft2020_12().into_generator()).into());
        all.insert("Failure".to_owned(), failure());
        all
    }
}

/// What every error looks like.
fn failure() -> Value {
    json!({
        "type": "object",
        "properties": {
            "success": { "const": false },
            "error": {
                "type": "object",
                "properties": {
                    "code": { "$ref": "#/components/schemas/Code" },
                    "message": { "type": "string", "description": "What to change, for people." },
                    "details": {
                        "type": "array",
                        "items": { "type": "object" },
                        "description": "Each thing that is wrong, where several can be: of photos `image` (from 1), `url` and `reason`.",
                    },
                },
                "required": ["code", "message"],
            },
        },
        "required": ["success", "error"],
    })
}
