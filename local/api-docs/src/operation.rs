//! One operation: what it takes, an example of it, and what it answers.

use maud::{Markup, html};
use serde_json::Value;

use crate::document::{Operation, entries, items, text};
use crate::prose::prose;
use crate::{samples, schema};

/// All there is to know about an operation.
pub(crate) fn article(document: &Value, (method, path, operation): Operation<'_>) -> Markup {
    html! {
        article id=(text(operation, "/operationId")) {
            h3 {
                span class={ "method " (method) } { (method.to_uppercase()) }
                " "
                code { (path) }
            }
            p { strong { (text(operation, "/summary")) "." } " " (prose(text(operation, "/description"))) }
            p.access { (access(operation)) }
            (parameters(operation))
            (body(document, operation))
            (samples::requests((method, path, operation)))
            (answers(document, operation))
            (samples::answers(document, operation))
        }
    }
}

/// Who may ask.
fn access(operation: &Value) -> &'static str {
    let Some(first) = items(operation, "/security").first() else { return "No key" };
    if first.get("adminToken").is_some() { "Admin token" } else { "API key" }
}

fn parameters(operation: &Value) -> Markup {
    let parameters = items(operation, "/parameters");
    html! {
        @if !parameters.is_empty() {
            table {
                @for parameter in parameters {
                    tr {
                        th { code { (text(parameter, "/name")) } span.note { (text(parameter, "/in")) } }
                        td { (schema::kind(&parameter["schema"])) }
                        td { (prose(text(parameter, "/description"))) }
                    }
                }
            }
        }
    }
}

fn body(document: &Value, operation: &Value) -> Markup {
    let Some((media_type, content)) = entries(operation, "/requestBody/content").next() else { return html! {} };
    let schema = schema::resolved(document, &content["schema"]);
    html! {
        h4 { "Body" span.note { (media_type) } }
        @if schema.get("type").is_some() { (schema::described(schema)) }
    }
}

/// Statuses whose reasons are the same everywhere.
const COMMON: [&str; 5] = ["401", "413", "429", "500", "503"];

fn answers(document: &Value, operation: &Value) -> Markup {
    html! {
        h4 { "Answers" }
        table {
            @for (status, answer) in entries(operation, "/responses") {
                tr {
                    th { (status) }
                    td { (answered(answer)) }
                    td {
                        @if status.as_str() < "4" || COMMON.contains(&status.as_str()) {
                            (prose(text(answer, "/description")))
                        } @else {
                            (reasons(document, answer))
                        }
                    }
                }
            }
        }
    }
}

/// Why a request is answered so: each code, and what it means.
fn reasons(document: &Value, answer: &Value) -> Markup {
    let codes = items(answer, "/content/application~1json/schema/properties/error/properties/code/enum");
    html! {
        @for code in codes.iter().filter_map(Value::as_str) {
            p { code { (code) } " " (prose(schema::code(document, code).unwrap_or_default())) }
        }
    }
}

/// What an answer has: the `data` of a success, or content of another type.
fn answered(answer: &Value) -> Markup {
    let Some((media_type, content)) = entries(answer, "/content").next() else { return html! {} };
    let schema = content.pointer("/schema").unwrap_or(&Value::Null);
    match schema.pointer("/properties/data") {
        Some(data) => schema::kind(data),
        None if schema.get("$ref").is_some() => schema::kind(schema),
        None => html! { (media_type) },
    }
}
