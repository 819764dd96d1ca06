//! What follows from the API's own document: a page for people, one file without scripts, fonts or pictures, which needs no network; and the
//! tools for agents.
//!
//! What the page says all comes from the document. It is made by a test, kept beside the document, and served by the function `site`.

mod document;
mod example;
mod operation;
mod prose;
mod samples;
mod schema;
mod tools;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use document::{entries, items, operations, text};
use prose::prose;

pub use tools::tools;

/// What stands for what in the examples.
const EXAMPLES: &str =
    "In the examples `API` is the address of this deployment and `KEY` a key; `ADMIN_TOKEN` is the operator's.";

const STYLE: &str = include_str!("style.css");

/// The page of an OpenAPI document.
pub fn page(document: &Value) -> String {
    let title = format!("{} {}", text(document, "/info/title"), text(document, "/info/version"));
    let tags = items(document, "/tags");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label="Operations" { (contents(document, tags)) }
                main {
                    header {
                        h1 { (title) }
                        p { (prose(text(document, "/info/description"))) }
                        p { a href="openapi.json" { "openapi.json" } " is the same for programs." }
                    }
                    (access(document))
                    @for tag in tags { (section(document, tag)) }
                    (schemas(document))
                }
            }
        }
    };
    page.into_string()
}

fn contents(document: &Value, tags: &[Value]) -> Markup {
    html! {
        @for tag in tags {
            h2 { (text(tag, "/name")) }
            ul {
                @for (_, _, operation) in operations(document).filter(|(_, _, operation)| is_of(operation, tag)) {
                    li { a href={ "#" (text(operation, "/operationId")) } { (text(operation, "/summary")) } }
                }
            }
        }
        h2 { a href="#schemas" { "Schemas" } }
    }
}

fn access(document: &Value) -> Markup {
    html! {
        section #access {
            h2 { "Access" }
            @for (_, scheme) in entries(document, "/components/securitySchemes") {
                p { (prose(text(scheme, "/description"))) }
            }
            p { (prose(EXAMPLES)) }
        }
    }
}

fn section(document: &Value, tag: &Value) -> Markup {
    html! {
        section {
            h2 { (text(tag, "/name")) }
            p { (prose(text(tag, "/description"))) }
            @for (method, path, operation) in operations(document).filter(|(_, _, operation)| is_of(operation, tag)) {
                (operation::article(document, (method, path, operation)))
            }
        }
    }
}

fn schemas(document: &Value) -> Markup {
    html! {
        section #schemas {
            h2 { "Schemas" }
            @for (name, schema) in entries(document, "/components/schemas") {
                article id={ "schema-" (name) } {
                    h3 { (name) }
                    (schema::described(schema))
                }
            }
        }
    }
}

fn is_of(operation: &Value, tag: &Value) -> bool {
    items(operation, "/tags").first() == tag.get("name")
}
