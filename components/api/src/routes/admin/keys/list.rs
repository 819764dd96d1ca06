//! `GET /api/v1/admin/accounts/{account_id}/keys`: an account's keys, without what opens anything.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use super::limits::View;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/accounts/{account_id}/keys", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(list(ports, request)))
}

/// A key of an account.
#[derive(Serialize, JsonSchema)]
struct Key {
    key_id: String,
    label: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    revoked_at: Option<String>,
    #[serde(flatten)]
    limits: View,
}

/// All keys of an account.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

async fn list<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    let mut list = Vec::new();
    for entry in &account.keys {
        let record = ports.store().load(&keys::api_key(&entry.digest)).await?;
        let (revoked_at, limits) = record.map(|record| (record.revoked_at, record.limits)).unwrap_or_default();
        list.push(Key {
            key_id: entry.digest.key_id().to_owned(),
            label: entry.label.clone(),
            created_at: entry.created_at.to_string(),
            revoked_at: revoked_at.map(|at| at.to_string()),
            limits: View::new(limits, entry.budget.as_ref(), ports.now()),
        });
    }
    Ok(Response::success(StatusCode::OK, Keys { keys: list }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listKeys", "List API keys")
        .answers::<Keys>(200, "The keys, without what opens anything.")
        .fails(&[Code::NotFound])
}
