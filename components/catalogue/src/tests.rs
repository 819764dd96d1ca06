mod accept;
mod asked;
mod built_in;
mod docs;
mod mistakes;
mod prices;
mod properties;
mod requests;
mod trainers;

use serde_json::{Map, Value, json};

use crate::{Accepted, Catalogue, Error, InvalidInput, Model};

fn built_in(id: &str) -> Model {
    Catalogue::built_in().unwrap().get(id).unwrap().clone()
}

fn accept(model: &Model, input: &Value) -> Result<Accepted, InvalidInput> {
    model.accept(input.as_object().unwrap())
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

/// An own model of everything that a catalogue can say.
fn own() -> Value {
    json!({
        "id": "own-model", "aliases": ["own/old"], "name": "Own", "media": "video", "count": 2,
        "input": [
            {"name": "prompt", "type": "string", "required": true, "max": 20, "description": "p"},
            {"name": "seconds", "type": "integer", "enum": [5, 10], "default": 5, "description": "s"},
            {"name": "sound", "type": "boolean", "default": false, "description": "s"},
            {"name": "voice", "type": "string", "max": 10, "when": {"sound": true}, "description": "v"},
            {"name": "strength", "type": "number", "min": 0.5, "max": 1.5, "description": "s"},
            {"name": "steps", "type": "integer", "min": 1, "max": 50, "description": "s"},
            {"name": "start", "type": "url", "data_uri": true, "description": "s"},
            {"name": "clips", "type": "urls", "max": 2, "description": "c"}
        ],
        "price": {"values": {"by": ["seconds", "sound"], "credits": {"5": {"false": 10, "true": 15}, "10": {"false": 20, "true": 30}}}},
        "providers": {
            "fal": {
                "model": "us/own",
                "fields": [
                    {"from": "prompt", "to": "text"}, {"from": "start", "to": "frames", "list": true},
                    {"to": "frame_count", "by": ["seconds", "sound"], "values": {"5": {"false": 120, "true": 121}, "10": {"false": 240, "true": 241}}},
                    {"to": "voice", "from": "voice"}, {"to": "safe", "always": true}
                ],
                "outputs": {"files": "/videos/*/url"}
            },
            "cog": {"model": ""}
        }
    })
}

fn parse(models: &Value) -> Result<Catalogue, Error> {
    Catalogue::parse(json!({"models": models}).to_string().as_bytes())
}

fn own_model() -> Model {
    parse(&json!([own()])).unwrap().get("own-model").unwrap().clone()
}
