//! A model's input as a JSON schema, for the API's own description.

use serde_json::{Map, Value, json};

use crate::kind::Kind;
use crate::parameter::{Parameter, Parameters};

/// The schema of an object with these parameters. What it does not name is taken and has no effect.
pub(crate) fn of(parameters: &Parameters) -> Value {
    let mut properties = Map::new();
    for parameter in parameters.iter() {
        // One that is another thing in another mode is there once for each.
        let schema = match properties.remove(&parameter.name) {
            None => property(parameter),
            Some(other) => json!({ "anyOf": [other, property(parameter)] }),
        };
        properties.insert(parameter.name.clone(), schema);
    }
    let required = parameters.iter().filter(|parameter| parameter.required && parameter.when.is_always());
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn property(parameter: &Parameter) -> Value {
    let mut schema = values(&parameter.kind);
    schema.insert("description".to_owned(), parameter.description.clone().into());
    if let Some(default) = &parameter.default {
        schema.insert("default".to_owned(), default.clone());
    }
    if !parameter.required {
        // Null is as good as nothing.
        if let Some(kind) = schema.remove("type") {
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(choices)) = schema.get_mut("enum") {
            choices.push(Value::Null);
        }
    }
    schema.into()
}

fn values(kind: &Kind) -> Map<String, Value> {
    let schema = match kind {
        Kind::Choice(choices) => json!({ "type": kind.type_name(), "enum": choices }),
        Kind::Text { chars, .. } => json!({ "type": "string", "minLength": chars.start(), "maxLength": chars.end() }),
        Kind::Integer(range) => json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() }),
        Kind::Number(range) => json!({ "type": "number", "minimum": range.start(), "maximum": range.end() }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Url(_) => json!({ "type": "string", "format": "uri" }),
        Kind::Urls { items, .. } => json!({
            "type": "array",
            "items": { "type": "string", "format": "uri" },
            "minItems": items.start(),
            "maxItems": items.end(),
        }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::Catalogue;

    /// What a model takes is what its schema allows, at the limits of every parameter.
    #[test]
    fn a_schema_has_the_limits_that_count() {
        let catalogue = Catalogue::built_in().unwrap();
        let schema = catalogue.get("topaz-image-upscale").unwrap().input_schema();
        assert_eq!(schema["required"], serde_json::json!(["image_url"]));
        assert_eq!(schema["properties"]["image_url"]["format"], "uri");
        let factor = &schema["properties"]["upscale_factor"];
        assert_eq!(factor["type"], serde_json::json!(["string", "null"]), "{factor}");
        let choices = factor["enum"].as_array().unwrap();
        assert!(choices.contains(&factor["default"]) && choices.contains(&serde_json::Value::Null), "{factor}");
    }
}
