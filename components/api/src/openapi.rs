//! The API as an OpenAPI 3.1 document: the descriptions of all routes, and the schemas of the wire types.
//!
//! Made by a test, kept as `openapi.json` beside this file, served by the site: no function has any of this in it.

pub(crate) mod content;
pub(crate) mod description;
pub(crate) mod schemas;
mod tags;

use serde_json::{Map, Value, json};

use crate::components;
use crate::router::Verb;
use crate::views::message;
use schemas::Schemas;
use tags::{TAGS, WEBHOOKS};

const DESCRIPTION: &str = "10 to 30 photos of a person go in; from then on every prompt gives pictures of the same person, paid with credits. \
JSON in, JSON out; every answer carries `X-Request-Id`; times are ISO 8601 in UTC. \
What costs is held at once, charged as delivered, and given back otherwise. With an `Idempotency-Key` it is done once, however often it is sent.";

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for description in components::descriptions() {
        let path = paths.entry(description.route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(method(description.route.verb).to_owned(), description.describe(&mut schemas));
        }
    }
    let webhooks = json!({ "task": { "post": message::describe(WEBHOOKS, &mut schemas) } });
    let tags: Vec<Value> = TAGS.iter().map(|tag| json!({ "name": tag.name, "description": tag.says })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Likeness",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This deployment" }],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer sk-...`" },
                "adminToken": { "type": "http", "scheme": "bearer", "description": "The operator's `admin_token`" },
            },
            "headers": description::headers(),
            "schemas": schemas.into_all(),
        },
    })
}

/// A method as the document writes it; that there is a HEAD beside a GET goes without saying.
const fn method(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
    }
}

#[cfg(test)]
mod tests;
