//! One operation: what it takes, an example of it, and what it answers.

use maud::{Markup, html};
use serde_json::Value;

use crate::document::{Operation, entries, items, text};
use crate::prose::prose;
use crate::schema;

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
            (body(document, (method, path, operation)))
            (answers(operation))
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

fn body(document: &Value, (method, path, operation): Operation<'_>) -> Markup {
    let Some((media_type, content)) = entries(operation, "/requestBody/content").next() else { return html! {} };
    let schema = schema::resolved(document, &content["schema"]);
    html! {
        h4 { "Body" span.note { (media_type) } }
        @if schema.get("type").is_some() { (schema::described(schema)) }
        @if let Some(example) = content.get("example") {
            pre { code { (curl(method, path, operation, example)) } }
        }
    }
}

/// The example as a command.
fn curl(method: &str, path: &str, operation: &Value, example: &Value) -> String {
    let token = if access(operation) == "API key" { "KEY" } else { "ADMIN_TOKEN" };
    let method = if method == "post" { String::new() } else { format!("-X {} ", method.to_uppercase()) };
    let example = serde_json::to_string_pretty(example).unwrap_or_default().replace('\'', r"'\''");
    format!("curl {method}\"$API{path}\" -H \"Authorization: Bearer ${token}\" \\\n  --json '{example}'")
}

fn answers(operation: &Value) -> Markup {
    html! {
        h4 { "Answers" }
        table {
            @for (status, answer) in entries(operation, "/responses") {
                tr {
                    th { (status) }
                    td { (answered(answer)) }
                    td { (prose(text(answer, "/description"))) }
                }
            }
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
