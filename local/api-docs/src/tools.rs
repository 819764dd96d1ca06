//! The operations that agents call as tools: `components/agents/src/tools.json`, made from the document.

use serde_json::{Map, Value, json};

use crate::document::{entries, items, operations, text};

/// Longest `wait` of a tool, in seconds.
const WAIT_SECONDS_MAX: u64 = agents::WAIT_SECONDS_MAX;

/// What a tool does, as agents and the people who let them are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It changes nothing.
    Reads,
    /// It adds something, for nothing.
    Adds,
    /// It costs credits.
    Costs,
    /// It ends something for good.
    Ends,
}

/// The tools, in the order in which they are shown: each with its name, the operation that it is, and its effect.
const TOOLS: [(&str, &str, Effect); 16] = [
    ("get_credits", "getCredits", Effect::Reads),
    ("list_models", "listModels", Effect::Reads),
    ("estimate", "estimate", Effect::Reads),
    ("create_upload", "announceUpload", Effect::Adds),
    ("create_character", "createCharacter", Effect::Costs),
    ("train_character", "trainCharacter", Effect::Costs),
    ("list_characters", "listCharacters", Effect::Reads),
    ("get_character", "getCharacter", Effect::Reads),
    ("generate_images", "generateImages", Effect::Costs),
    ("generate", "generate", Effect::Costs),
    ("lipsync_video", "lipsync", Effect::Costs),
    ("upscale_image", "upscaleImage", Effect::Costs),
    ("upscale_video", "upscaleVideo", Effect::Costs),
    ("list_tasks", "listTasks", Effect::Reads),
    ("get_task", "getTask", Effect::Reads),
    ("cancel_task", "cancelTask", Effect::Ends),
];

/// The tools that follow from a document, and from the name of the component that answers for a path.
pub fn tools(document: &Value, component: impl Fn(&str) -> &'static str) -> Value {
    let named = |wanted: &str| operations(document).find(|(_, _, operation)| text(operation, "/operationId") == wanted);
    TOOLS
        .into_iter()
        .filter_map(|(name, wanted, effect)| {
            let (method, path, operation) = named(wanted)?;
            Some(json!({
                "shown": shown(document, operation, name, effect),
                "operation": {
                    "component": component(path),
                    "method": method.to_uppercase(),
                    "path": path,
                    "query": parameters(operation, "query").map(|parameter| text(parameter, "/name")).collect::<Vec<_>>(),
                    "body": operation.get("requestBody").is_some(),
                    "costs": effect == Effect::Costs,
                },
            }))
        })
        .collect()
}

fn shown(document: &Value, operation: &Value, name: &str, effect: Effect) -> Value {
    let summary = text(operation, "/summary");
    let mut says = format!("{summary}. {}", text(operation, "/description")).trim_end().to_owned();
    if effect == Effect::Costs {
        says += " It costs credits.";
    }
    json!({
        "name": name,
        "title": summary,
        "description": says,
        "inputSchema": input(document, operation, effect),
        "annotations": {
            "readOnlyHint": effect == Effect::Reads,
            "destructiveHint": effect == Effect::Ends,
            "idempotentHint": matches!(effect, Effect::Reads | Effect::Ends),
            "openWorldHint": effect == Effect::Costs,
        },
    })
}

/// What a tool takes: the segments of its path, its query, its body, and a name for the request where it costs.
fn input(document: &Value, operation: &Value, effect: Effect) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for parameter in parameters(operation, "path").chain(parameters(operation, "query")) {
        let name = text(parameter, "/name");
        let mut schema = described(parameter);
        if name == "wait" {
            schema.insert("maximum".to_owned(), WAIT_SECONDS_MAX.into());
        }
        if parameter.get("required") == Some(&true.into()) {
            required.push(name.into());
        }
        properties.insert(name.to_owned(), schema.into());
    }
    let body =
        operation.pointer("/requestBody/content/application~1json/schema").map(|schema| resolved(document, schema));
    if let Some(body) = &body {
        properties.extend(entries(body, "/properties").map(|(name, schema)| (name.to_owned(), schema.clone())));
        required.extend(items(body, "/required").iter().cloned());
    }
    let key = parameters(operation, "header").find(|parameter| text(parameter, "/name") == "Idempotency-Key");
    if let (Some(key), Effect::Costs) = (key, effect) {
        properties.insert("idempotency_key".to_owned(), described(key).into());
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The schema of a parameter, with what it says.
fn described(parameter: &Value) -> Map<String, Value> {
    let mut schema: Map<String, Value> =
        entries(parameter, "/schema").map(|(name, value)| (name.clone(), value.clone())).collect();
    schema.insert("description".to_owned(), text(parameter, "/description").into());
    schema
}

fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
    items(operation, "/parameters").iter().filter(move |parameter| text(parameter, "/in") == place)
}

/// A schema with those in it that it refers to, and without the formats that are no agent's.
fn resolved(document: &Value, schema: &Value) -> Value {
    if let Some(name) = text(schema, "/$ref").strip_prefix("#/components/schemas/") {
        let target = document.pointer(&format!("/components/schemas/{name}"));
        return target.map_or(Value::Null, |schema| resolved(document, schema));
    }
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, format)| name.as_str() != "format" || *format == "uri")
            .map(|(name, value)| (name.clone(), resolved(document, value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(|value| resolved(document, value)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_an_operation() {
        assert_eq!(
            tools(&api::openapi::document(), api::components::name_of).as_array().map(Vec::len),
            Some(TOOLS.len())
        );
    }
}
