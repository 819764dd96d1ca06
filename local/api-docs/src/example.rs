//! A value that a schema allows, as it may look.

use serde_json::{Map, Value, json};

use crate::document::{entries, items, text};
use crate::schema::resolved;

/// How deep a value may be: no answer of the API is deeper.
const DEPTH_MAX: usize = 8;

/// A value of this schema.
pub(crate) fn of(document: &Value, schema: &Value) -> Value {
    value(document, schema, "text", DEPTH_MAX)
}

/// A value of the field `name`.
fn value(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    let schema = resolved(document, schema);
    let told = schema.get("const").or_else(|| schema.get("default")).or_else(|| items(schema, "/examples").first());
    if let Some(value) = told.or_else(|| items(schema, "/enum").first()) {
        return value.clone();
    }
    let alternatives = [items(schema, "/oneOf"), items(schema, "/anyOf")].concat();
    // Of several, the one that shows most.
    let fullest = alternatives.iter().rev().max_by_key(|one| entries(resolved(document, one), "/properties").count());
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    if let Some(one) = fullest {
        return value(document, one, name, depth);
    }
    match kind(schema) {
        "object" => {
            let field = |(name, field): (&String, &Value)| (name.clone(), value(document, field, name, depth));
            entries(schema, "/properties").map(field).collect::<Map<_, _>>().into()
        }
        "array" => json!([value(document, schema.get("items").unwrap_or(&Value::Null), name, depth)]),
        "integer" | "number" => {
            schema.get("minimum").filter(|least| least.as_f64() > Some(0.0)).cloned().unwrap_or(json!(1))
        }
        "boolean" => json!(true),
        "string" => json!(string(schema, name)),
        _ => Value::Null,
    }
}

/// The first type of a schema that is one.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::Array(names)) => names.first().and_then(Value::as_str).unwrap_or_default(),
        other => other.and_then(Value::as_str).unwrap_or_default(),
    }
}

/// Enough digits for any id or digest of the API.
const DIGITS: &str = "5f0c91a2d8e74b36a1c05be2f97d3468";

fn string(schema: &Value, name: &str) -> String {
    match text(schema, "/format") {
        "date-time" => return "2026-11-29T12:00:00Z".to_owned(),
        "uri" => return format!("https://likeness.example/{name}"),
        _ => {}
    }
    // `^task_[0-9a-f]{32}$`: what the id begins with, and its digits.
    match text(schema, "/pattern").strip_prefix('^').and_then(|pattern| pattern.split_once("[0-9a-f]{")) {
        Some((prefix, rest)) => {
            let count = rest.split('}').next().and_then(|count| count.parse().ok()).unwrap_or(DIGITS.len());
            format!("{prefix}{}", DIGITS.chars().cycle().take(count).collect::<String>())
        }
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_schema_allows() {
        let document =
            json!({ "components": { "schemas": { "Id": { "type": "string", "pattern": "^task_[0-9a-f]{4}$" } } } });
        let schema = json!({ "type": "object", "properties": {
            "id": { "$ref": "#/components/schemas/Id" },
            "status": { "type": "string", "enum": ["pending", "completed"] },
            "at": { "type": "string", "format": "date-time" },
            "count": { "type": "integer", "minimum": 2 },
            "names": { "type": "array", "items": { "type": ["string", "null"] } },
            "made": { "anyOf": [{ "type": "null" }, { "type": "object", "properties": { "url": { "type": "string", "format": "uri" } } }] },
        } });
        let expected = json!({
            "id": "task_5f0c", "status": "pending", "at": "2026-11-29T12:00:00Z", "count": 2, "names": ["names"],
            "made": { "url": "https://likeness.example/url" },
        });
        assert_eq!(of(&document, &schema), expected);
    }

    #[test]
    fn what_refers_to_itself_ends() {
        let document = json!({ "a": { "type": "array", "items": { "$ref": "#/a" } } });
        assert!(of(&document, &document["a"]).is_array());
    }
}
