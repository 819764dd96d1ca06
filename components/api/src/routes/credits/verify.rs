//! `GET /api/v1/credits/ledger/verify`: recomputes the chain and the balance.

use std::time::Duration;

use domain::{Credits, Digest};
use http::StatusCode;
use lifecycle::journal::{By, Look};
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, journal};
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Longest time for verifying one ledger: well below the request limit of the platforms.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/credits/ledger/verify", access: Access::READ, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, verify)))
}

/// What an account's whole ledger comes to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerVerdict")]
pub(crate) struct Verdict {
    /// Whether no flaw was found.
    valid: bool,
    /// Whether the last entry was reached: in a very long ledger it is not within 20 s, and the next request goes on.
    complete: bool,
    /// Up to which entry the ledger is checked.
    entries: u64,
    /// The entry this request went on after: 0 where it began at the first.
    checked_after: u64,
    granted: Credits,
    balance: Credits,
    held: Option<Credits>,
    spent: Credits,
    /// Of the latest entry.
    hash: Digest,
    /// What is wrong with it.
    flaws: Vec<String>,
}

async fn verify<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let account = funds::document(ports, &customer.account).await?;
    let (by, full) = (By::Owner, checks::switch(&request, "full")?);
    let look = Look { account: &account, by, full, give_up_at: ports.now().plus(TIME_MAX) };
    let verdict = journal::verify(ports, look, async |_| Ok(true)).await?;
    let funds = &account.funds;
    let flaws: Vec<String> = verdict.flaws.iter().map(ToString::to_string).collect();
    let verdict = Verdict {
        valid: flaws.is_empty(),
        complete: verdict.complete,
        entries: verdict.through,
        checked_after: verdict.after,
        granted: funds.granted,
        balance: funds.balance,
        held: funds.held(),
        spent: funds.spent,
        hash: funds.head.clone(),
        flaws,
    };
    Ok(Response::success(StatusCode::OK, verdict))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "verifyLedger", "Verify the ledger")
        .says("Checks every sum and hash, for at most 20 seconds, from the last page on that was found right before.")
        .query("full", "Begin at the first entry, which finds what was changed since.", checks::switch_schema())
        .answers::<Verdict>(200, "What it comes to, and each flaw.")
        .fails(&[Code::InvalidRequest])
}
