//! The API as an OpenAPI 3.1 document: a table of operations, and the schemas of the wire types.
//!
//! Made by a test, kept as `openapi.json` beside this file, served by [`crate::site`]: no function has any of this in it.

mod admin;
mod characters;
mod files;
mod operation;
mod runs;
mod schemas;
mod tasks;

use serde_json::{Map, Value, json};

use operation::Operation;
use schemas::Schemas;

/// Largest number that every JSON library can tell from its neighbours.
pub(crate) const NUMBER_MAX: u64 = (1 << 53) - 1;

/// The groups of operations, in the order in which they are shown.
const TAGS: [(&str, &str); 8] = [
    (characters::TAG, "A person, trained from 10 to 30 photos, and pictures of that person."),
    (runs::TAG, "Pictures, music and lip-sync, by models that know no character."),
    (runs::UPLOADS, "Files that are nowhere on the web."),
    (tasks::TAG, "What is under way, and what became of it."),
    (tasks::CREDITS, "What can be spent, and what became of the rest."),
    (tasks::WEBHOOKS, "Being told instead of asking."),
    (files::TAG, "What was made, and what providers fetch and report. Their links are made here and need no key."),
    (admin::TAG, "Accounts, keys and credits: the operator's, behind the admin token."),
];

const DESCRIPTION: &str = "10 to 30 photos of a person go in; from then on every prompt gives pictures of the same person, paid with credits. \
JSON in, JSON out; every answer carries `X-Request-Id`; times are ISO 8601 in UTC. \
What costs is held at once, charged as delivered, and given back otherwise. With an `Idempotency-Key` it is done once, however often it is sent.";

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(operation.method.to_owned(), operation.describe(&mut schemas));
        }
    }
    let webhooks = json!({ "task": { "post": tasks::message(&mut schemas) } });
    let tags: Vec<Value> = TAGS.iter().map(|(name, says)| json!({ "name": name, "description": says })).collect();
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
            "headers": operation::headers(),
            "schemas": schemas.into_all(),
        },
    })
}

/// Every operation, in the order in which they are shown.
fn operations() -> Vec<Operation> {
    [characters::operations(), runs::operations(), tasks::operations(), files::operations(), admin::operations()]
        .concat()
}

#[cfg(test)]
mod tests;
