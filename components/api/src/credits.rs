//! `GET /api/v1/credits`: what can be spent now, and what became of the rest.
//!
//! | path under `/api/v1/credits` | |
//! |---|---|
//! | | the balance |
//! | `/ledger?limit=20&before=41` | entries, newest first |
//! | `/ledger/verify` | recomputes the chain and the balance |

use std::time::Duration;

use domain::{Account, AccountId, Credits, Digest};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::Customer;
use crate::openapi::NUMBER_MAX;
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, funds, journal};

/// Entries of an answer, where the caller does not say how many.
const LIMIT_DEFAULT: usize = 20;
/// Most entries of an answer.
const LIMIT_MAX: u64 = 100;
/// Longest time for verifying one ledger: well below the request limit of the platforms.
const VERIFY_TIME_MAX: Duration = Duration::from_secs(20);

/// An account's credits as their owner sees them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub struct View {
    /// What can be spent now.
    credits: u64,
}

/// Some of an account's entries.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerPage")]
pub(crate) struct Page {
    account_id: AccountId,
    /// Newest first.
    entries: Vec<journal::View>,
    /// What to send as `before` for the next ones; null after the last.
    next_before: Option<u64>,
}

/// What an account's whole ledger comes to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerVerdict")]
pub(crate) struct Verdict {
    /// Whether no flaw was found.
    valid: bool,
    /// Whether all entries were read: a very long ledger is not within 20 s.
    complete: bool,
    /// How many entries were read.
    entries: u64,
    granted: Credits,
    balance: Credits,
    held: Option<Credits>,
    spent: Credits,
    /// Of the latest entry.
    hash: Digest,
    /// What is wrong with it.
    flaws: Vec<String>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    if !matches!(request.segments_from(3).as_slice(), [] | ["ledger"] | ["ledger", "verify"]) {
        return Error::new(Code::NotFound, "No such route").into();
    }
    let run = async |customer: Customer| show(ports, &request, &customer.account).await;
    auth::serve(ports, &request, "GET", run).await
}

async fn show<P: Ports>(ports: &P, request: &Request, id: &AccountId) -> Result<Response, Error> {
    let account = funds::document(ports, id).await?;
    match request.segments_from(3).as_slice() {
        ["ledger", "verify"] => verify(ports, &account).await,
        ["ledger"] => entries(ports, request, &account).await,
        _ => Ok(Response::success(StatusCode::OK, View { credits: account.funds.balance.amount() })),
    }
}

async fn entries<P: Ports>(ports: &P, request: &Request, account: &Account) -> Result<Response, Error> {
    let limit = request.number("limit", 1, LIMIT_MAX)?.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    let before = request.number("before", 1, NUMBER_MAX)?.unwrap_or(u64::MAX);
    let entries = journal::latest(ports, &account.id, &account.funds, before, limit).await?;
    let next_before = entries.last().map(|entry| entry.seq).filter(|seq| *seq > 1);
    let entries = entries.iter().map(journal::View::from).collect();
    Ok(Response::success(StatusCode::OK, Page { account_id: account.id.clone(), entries, next_before }))
}

async fn verify<P: Ports>(ports: &P, account: &Account) -> Result<Response, Error> {
    let verdict = journal::verify(ports, account, ports.now().plus(VERIFY_TIME_MAX), async |_| Ok(())).await?;
    let funds = &account.funds;
    let flaws: Vec<String> = verdict.flaws.iter().map(ToString::to_string).collect();
    let verdict = Verdict {
        valid: flaws.is_empty(),
        complete: verdict.complete,
        entries: verdict.entries,
        granted: funds.granted,
        balance: funds.balance,
        held: funds.held(),
        spent: funds.spent,
        hash: funds.head.clone(),
        flaws,
    };
    Ok(Response::success(StatusCode::OK, verdict))
}
