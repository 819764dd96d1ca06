//! The document says what is true.

use super::*;
use crate::{Code, components};

/// All places of a document where something is, by its key.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(key));
            map.values().for_each(|value| all(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    all(&document, "$ref", &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
        assert!(pointer.and_then(|pointer| document.pointer(pointer)).is_some(), "{reference}");
    }
}

#[test]
fn codes_are_written_as_they_are_sent() {
    let document = document();
    let mut known = Vec::new();
    for variant in document.pointer("/components/schemas/Code/oneOf").and_then(Value::as_array).into_iter().flatten() {
        known.push(variant.get("const").and_then(Value::as_str).unwrap_or_default().to_owned());
    }
    let mut used = Vec::new();
    for operation in components::descriptions() {
        used.extend(operation.errors.iter().map(|code| code.status_and_name().1.to_owned()));
    }
    used.extend([Code::MethodNotAllowed.status_and_name().1.to_owned()]);
    let unknown: Vec<&String> = used.iter().filter(|code| !known.contains(code)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    let unused: Vec<&String> = known.iter().filter(|code| !used.contains(code)).collect();
    assert_eq!(unused, Vec::<&String>::new(), "an operation should say that it can answer this");
}

#[test]
fn names_of_operations_are_their_own() {
    let mut names: Vec<&str> = components::descriptions().iter().map(|operation| operation.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// All schemas that a part of the document leads to, but for the references that are known already.
fn reached<'a>(document: &'a Value, part: &'a Value, known: &mut Vec<&'a str>, found: &mut Vec<&'a Value>) {
    match part {
        Value::Object(map) => {
            found.push(part);
            if let Some(reference) = map.get("$ref").and_then(Value::as_str).filter(|name| !known.contains(name)) {
                known.push(reference);
                let schema = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
                reached(document, schema.unwrap_or(&Value::Null), known, found);
            }
            map.values().for_each(|value| reached(document, value, known, found));
        }
        Value::Array(items) => items.iter().for_each(|value| reached(document, value, known, found)),
        _ => {}
    }
}

#[test]
fn every_number_that_is_taken_has_its_limits() {
    let document = document();
    let mut taken = Vec::new();
    for operation in document["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        all(operation, "requestBody", &mut taken);
        all(operation, "parameters", &mut taken);
    }
    let (mut known, mut schemas) = (Vec::new(), Vec::new());
    for part in taken {
        reached(&document, part, &mut known, &mut schemas);
    }
    let is_number = |kind: &Value| kind == "integer" || kind == "number";
    schemas.retain(|schema| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is_number),
        kind => is_number(kind),
    });
    assert!(schemas.len() > 10, "{}", schemas.len());
    for schema in schemas {
        assert!(!schema["minimum"].is_null() && !schema["maximum"].is_null(), "has a limit that is not told: {schema}");
    }
}
