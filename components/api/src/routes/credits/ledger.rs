//! `GET /api/v1/credits/ledger`: every change of an account's credits, newest first.

use domain::{AccountId, Entry};
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, journal};
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Error, paging};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/credits/ledger", access: Access::READ, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, ledger)))
}

/// Some of an account's entries.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerPage")]
pub(crate) struct Page {
    account_id: AccountId,
    /// Newest first.
    entries: Vec<View>,
    /// What to send as `before` for the next ones; null after the last.
    next_before: Option<u64>,
}

/// An entry as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerEntry")]
struct View {
    /// Its number, from 1.
    seq: u64,
    #[schemars(extend("format" = "date-time"))]
    at: String,
    #[schemars(extend("enum" = ["grant", "adjust_up", "adjust_down", "hold", "capture", "release"]))]
    change: &'static str,
    /// The task, or the name of the grant or adjustment.
    subject: String,
    /// Of adjustments only.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    amount: u64,
    /// After it.
    balance: u64,
    /// After it.
    held: u64,
    /// After it.
    spent: u64,
    /// The API key that asked for it.
    key_id: Option<String>,
    /// The named request that it belongs to.
    operation: Option<ViewOperation>,
    /// SHA-256 over the entry and the hash before it.
    hash: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerOperation")]
struct ViewOperation {
    id: String,
    fingerprint: String,
}

impl From<&Entry> for View {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            change: entry.change.kind(),
            subject: entry.change.subject().to_owned(),
            reason: entry.change.reason().map(str::to_owned),
            amount: entry.amount.amount(),
            balance: entry.balance.amount(),
            held: entry.held.amount(),
            spent: entry.spent.amount(),
            key_id: entry.key.clone(),
            operation: entry.operation.as_ref().map(|operation| ViewOperation {
                id: operation.id.to_string(),
                fingerprint: operation.fingerprint.to_string(),
            }),
            hash: entry.hash.to_string(),
        }
    }
}

async fn ledger<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let range = paging::range_before(&request, "before")?;
    let account = funds::document(ports, &customer.account).await?;
    let entries = journal::latest(ports, &account.id, &account.funds, range.before, range.limit).await?;
    let next_before = entries.last().map(|entry| entry.seq).filter(|seq| *seq > 1);
    let entries = entries.iter().map(View::from).collect();
    Ok(Response::success(StatusCode::OK, Page { account_id: account.id, entries, next_before }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getLedger", "Get the ledger")
        .says("Every change of the credits, each with the hash of all before it.")
        .pages("before")
        .answers::<Page>(200, "Some entries, newest first.")
}
