//! `GET /api/v1/admin/audit`: reports every broken invariant of one account or all.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, audit};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::checks::{self, NUMBER_MAX};
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/audit", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(audit(ports, request)))
}

/// What an audit came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Audit {
    /// Accounts whose ledger was checked up to its end.
    accounts: u64,
    /// Entries checked, in this request.
    entries: u64,
    /// Every invariant that is broken.
    violations: Vec<Violation>,
    /// Accounts whose ledger is too long to be checked in one request; the next one goes on.
    unfinished: Vec<String>,
    /// Of one account: up to which entry its ledger is checked.
    checked_through: Option<u64>,
    /// Where to go on; nothing when all accounts were checked.
    next_cursor: Option<u64>,
}

/// A broken invariant.
#[derive(Debug, Serialize, JsonSchema)]
struct Violation {
    account_id: String,
    message: String,
}

async fn audit<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let full = checks::switch(&request, "full")?;
    let found = match request.parameter("account") {
        Some(id) => {
            let found = audit::one(ports, &checks::account_or_ledger(ports, id.parse().ok()).await?, full).await?;
            Audit { checked_through: Some(found.checked_through), ..Audit::from(found) }
        }
        None => audit::all(ports, request.number("cursor", 1, NUMBER_MAX)?.unwrap_or(1), full).await?.into(),
    };
    Ok(Response::success(StatusCode::OK, found))
}

impl From<audit::Audit> for Audit {
    fn from(found: audit::Audit) -> Self {
        let violation = |audit::Violation { account, message }| Violation {
            account_id: account.map(|id| id.to_string()).unwrap_or_default(),
            message,
        };
        Self {
            accounts: found.accounts,
            entries: found.entries,
            violations: found.violations.into_iter().map(violation).collect(),
            unfinished: found.unfinished.iter().map(ToString::to_string).collect(),
            checked_through: None,
            next_cursor: found.next_cursor,
        }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "audit", "Audit the ledgers")
        .says("Goes on in each ledger after the last page that an audit before found right.")
        .query("account", "Only this account.", json!({ "type": "string" }))
        .query(
            "cursor",
            "Where to go on, as the answer before has it.",
            json!({ "type": "integer", "minimum": 1, "maximum": NUMBER_MAX }),
        )
        .query(
            "full",
            "Begin at the first entry of each ledger, which finds what was changed since.",
            checks::switch_schema(),
        )
        .answers::<Audit>(200, "Every invariant that is broken.")
        .fails(&[Code::NotFound])
}
