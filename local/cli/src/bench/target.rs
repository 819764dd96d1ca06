//! What is measured: a server with the same routes as the API, and who may ask it.

use serde_json::json;

use super::load::{Measured, Request};

/// A kind of request.
pub(super) struct Row {
    /// Its name in the report.
    pub(super) name: &'static str,
    /// What it is, in the report.
    pub(super) says: &'static str,
}

/// All kinds, in the order of the report.
pub(super) const ROWS: [Row; 5] = [
    Row { name: "hello", says: "`GET /`: no store" },
    Row { name: "character", says: "`GET /api/v1/characters/{id}` of one that is ready" },
    Row { name: "credits", says: "`GET /api/v1/credits`" },
    Row { name: "tasks", says: "`GET /api/v1/tasks`, a page with one task" },
    Row { name: "grant", says: "`POST .../grants` to one account: a change of its balance, durable before the answer" },
];

/// Connections that ask at once, in one measurement after the other.
pub(super) const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// What one target served: a measurement for each row and number of connections, in their order.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) measured: Vec<Option<Measured>>,
}

/// A server, which stops when this goes.
pub(super) struct Target {
    /// Its name in the report.
    pub(super) name: String,
    /// Where it is.
    pub(super) base: String,
    /// The customer's key.
    pub(super) key: String,
    /// The operator's token.
    pub(super) admin: String,
    /// The customer's account.
    pub(super) account: String,
    /// The customer's character.
    pub(super) character: String,
    /// What keeps it running.
    pub(super) _running: Box<dyn std::any::Any>,
}

impl Target {
    /// The request of a row.
    pub(super) fn request(&self, row: &str) -> Request {
        let Self { base, key, admin, account, character, .. } = self;
        let get = |path: &str| Request { url: format!("{base}{path}"), token: key.clone(), body: None, field: None };
        match row {
            "character" => {
                let field = Some(("/data/status", json!("ready")));
                Request { field, ..get(&format!("/api/v1/characters/{character}")) }
            }
            "credits" => get("/api/v1/credits"),
            "tasks" => Request { field: Some(("/data/tasks/0/status", json!("completed"))), ..get("/api/v1/tasks") },
            "grant" => Request {
                token: admin.clone(),
                body: Some(json!({ "credits": 1 })),
                ..get(&format!("/api/v1/admin/accounts/{account}/grants"))
            },
            _ => get("/"),
        }
    }
}
