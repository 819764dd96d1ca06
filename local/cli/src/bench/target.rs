//! What is measured: a server with the same routes as the API, and who may ask it.

use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use super::load::{self, Measured, Request};
use super::process::Server;
use crate::client::Client;

/// How many accounts are opened at a time.
const OPENED_AT_ONCE: usize = 16;

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
    /// Whose it is.
    pub(super) whose: Whose,
    /// What runs, where that is ours to look at.
    pub(super) server: Option<Server>,
}

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A deployment of this application; whoever it asks for pictures is a simulation, or takes money.
    Ours { is_simulated: bool },
    /// What somebody would write instead: it has the accounts `a1`, `a2` and so on.
    Peer,
}

impl Target {
    /// The request of a kind; nothing where there is no such route, or it costs money.
    pub(super) fn request(&self, kind: &str) -> Option<Request> {
        let Self { base, key, character, account, .. } = self;
        let get = |path: &str, field| Request { url: format!("{base}{path}"), token: key.clone(), body: None, field };
        Some(match kind {
            "hello" => get("/", None),
            "character" => get(&format!("/api/v1/characters/{character}"), Some(("/data/status", json!("ready")))),
            "credits" => get("/api/v1/credits", Some(("/success", json!(true)))),
            "tasks" => get("/api/v1/tasks", Some(("/data/tasks/0/status", json!("completed")))),
            "grant" => self.grant(account),
            "generate" if self.whose == (Whose::Ours { is_simulated: true }) => Request {
                body: Some(json!({ "prompt": "on a beach", "num_outputs": 1 })),
                ..get(&format!("/api/v1/characters/{character}/generate"), Some(("/data/status", json!("completed"))))
            },
            _ => return None,
        })
    }

    /// A grant of one credit to an account.
    pub(super) fn grant(&self, account: &str) -> Request {
        Request {
            url: format!("{}/api/v1/admin/accounts/{account}/grants", self.base),
            token: self.admin.clone(),
            body: Some(json!({ "credits": 1 })),
            field: Some(("/success", json!(true))),
        }
    }

    /// So many accounts, beside the customer's.
    pub(super) async fn accounts(&self, count: usize) -> Result<Vec<String>> {
        if self.whose == Whose::Peer {
            return Ok((1..=count).map(|n| format!("a{n}")).collect());
        }
        let operator = Client::new(&self.base, &self.admin)?;
        let body = json!({ "name": "bench" });
        let opened = stream::iter((0..count).map(|_| operator.post("/api/v1/admin/accounts", &body)))
            .buffer_unordered(OPENED_AT_ONCE);
        opened.map(|opened| crate::client::text(&opened?, "account_id")).try_collect().await
    }

    /// Sends a request over and over, on so many connections, for so long.
    pub(super) async fn ask(&self, request: &Request, connections: usize, time: Duration) -> Result<Measured> {
        self.watched(load::run(request, connections, time)).await
    }

    /// What a load came to, with the time of the server's processor that it took.
    pub(super) async fn watched(&self, load: impl Future<Output = Result<Measured>>) -> Result<Measured> {
        let used = || self.server.as_ref().map(Server::cpu_seconds);
        let before = used();
        let measured = load.await?;
        let taken = used().zip(before).map(|(after, before)| (after - before) * 1_000.0 / measured.good);
        Ok(Measured { cpu_ms: taken, ..measured })
    }
}
