//! JSON schemas in words.

use maud::{Markup, html};
use serde_json::Value;

use crate::document::{entries, items, text};
use crate::prose::prose;

/// The schema that is referred to; the same, where it refers to none.
pub(crate) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let referred = text(schema, "/$ref").strip_prefix('#');
    referred.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// What an error code means.
pub(crate) fn code<'a>(document: &'a Value, code: &str) -> Option<&'a str> {
    let codes = items(document, "/components/schemas/Code/oneOf");
    codes.iter().find(|known| known["const"] == code).map(|known| text(known, "/description"))
}

/// A schema in full: what it is for, and its fields or its values.
pub(crate) fn described(schema: &Value) -> Markup {
    let says = text(schema, "/description");
    let variants = items(schema, "/oneOf");
    html! {
        @if !says.is_empty() { p { (prose(says)) } }
        @if schema.get("properties").is_some() {
            (fields(schema))
        } @else if variants.iter().any(|variant| variant.get("properties").is_some()) {
            @for variant in variants { (described(variant)) }
        } @else if !variants.is_empty() {
            table {
                @for variant in variants {
                    tr { th { (kind(variant)) } td { (prose(text(variant, "/description"))) } }
                }
            }
        } @else {
            p { (kind(schema)) }
        }
    }
}

fn fields(schema: &Value) -> Markup {
    let required = items(schema, "/required");
    html! {
        table {
            @for (name, field) in entries(schema, "/properties") {
                tr {
                    th {
                        code { (name) }
                        @if required.iter().any(|required| required == name.as_str()) { span.note { "required" } }
                    }
                    td { (kind(field)) }
                    td {
                        (prose(text(field, "/description")))
                        @if let Some(default) = field.get("default") { " " span.note { "unless told " code { (default) } } }
                    }
                }
            }
        }
    }
}

/// A schema in a few words.
pub(crate) fn kind(schema: &Value) -> Markup {
    let alternatives = [items(schema, "/oneOf"), items(schema, "/anyOf")].concat();
    html! {
        @if let Some(name) = text(schema, "/$ref").strip_prefix("#/components/schemas/") {
            a href={ "#schema-" (name) } { (name) }
        } @else if let Some(value) = schema.get("const") {
            code { (plain(value)) }
        } @else if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            @for (n, value) in values.iter().filter(|value| !value.is_null()).enumerate() {
                @if n > 0 { ", " }
                code { (plain(value)) }
            }
        } @else if !alternatives.is_empty() {
            @for (n, alternative) in alternatives.iter().enumerate() {
                @if n > 0 { " or " }
                (kind(alternative))
            }
        } @else {
            @for (n, name) in names(schema).into_iter().enumerate() {
                @if n > 0 { " or " }
                (typed(name, schema))
            }
        }
    }
}

/// The types of a schema.
fn names(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec!["anything"],
    }
}

/// A schema of one type, with its limits.
fn typed(name: &str, schema: &Value) -> Markup {
    match name {
        "array" => {
            let limits = limits(schema, "minItems", "maxItems");
            html! { "list of " @if let Some(limits) = limits { (limits) " " } (kind(&schema["items"])) }
        }
        "string" => {
            let limits = limits(schema, "minLength", "maxLength");
            let pattern = text(schema, "/pattern");
            html! {
                (match text(schema, "/format") { "uri" => "URL", "date-time" => "time", _ => "text" })
                @if let Some(limits) = limits { ", " (limits) " characters" }
                @if pattern.starts_with('^') { " like " code { (pattern) } }
            }
        }
        "integer" => numbered("whole number", schema),
        "number" => numbered("number", schema),
        other => html! { (other) },
    }
}

fn numbered(name: &str, schema: &Value) -> Markup {
    html! { (name) @if let Some(limits) = limits(schema, "minimum", "maximum") { ", " (limits) } }
}

/// Largest number that every JSON library can tell from its neighbours.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// `1 to 4`, `at least 1`, `at most 4`; nothing where there is no limit that tells anything.
fn limits(schema: &Value, least: &str, most: &str) -> Option<String> {
    let least = schema.get(least).filter(|least| least.as_f64() != Some(0.0) || schema.get(most).is_some());
    // Where all that JSON can have is allowed, there is nothing to tell.
    match (least, schema.get(most).filter(|most| most.as_u64() != Some(NUMBER_MAX))) {
        (Some(least), Some(most)) if least == most => Some(least.to_string()),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    }
}

/// A value without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
