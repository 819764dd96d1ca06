//! The audit: every invariant of an account's credits, checked against its ledger and its tasks.

use std::time::Duration;

use domain::{Account, Task, TaskId, Timestamp};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use super::account;
use crate::openapi::NUMBER_MAX;
use crate::wire::{Request, Response};
use crate::{Error, Ports, journal, sweep};

/// Longest time for one audit: below the request limit of the platforms. What is left is the next one's.
const TIME_MAX: Duration = Duration::from_secs(15);

/// What an audit came to.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Audit {
    /// Accounts whose whole ledger was checked.
    accounts: u64,
    /// Entries checked.
    entries: u64,
    /// Every invariant that is broken.
    violations: Vec<Violation>,
    /// Accounts whose ledger is too long to be checked in one request.
    unfinished: Vec<String>,
    /// Where to go on; nothing when all accounts were checked.
    next_cursor: Option<u64>,
}

/// A broken invariant.
#[derive(Debug, Serialize, JsonSchema)]
struct Violation {
    account_id: String,
    message: String,
}

pub(super) async fn audit<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let (mut audit, now) = (Audit::default(), ports.now());
    let give_up_at = now.plus(TIME_MAX);
    if let Some(id) = request.parameter("account") {
        check(ports, &account(ports, &id).await?, give_up_at, &mut audit).await?;
        return Ok(Response::success(StatusCode::OK, audit));
    }
    let first = request.number("cursor", 1, NUMBER_MAX)?.unwrap_or(1);
    let opened = ports.store().count(keys::OPENED).await?;
    for n in first..=opened {
        // The first is checked in any case, so that every audit comes further.
        if n > first && ports.now() >= give_up_at {
            audit.next_cursor = Some(n);
            break;
        }
        match sweep::nth(ports, n).await {
            Ok(None) => {}
            Ok(Some(account)) => check(ports, &account, give_up_at, &mut audit).await?,
            Err(error) => {
                let message = unreadable(ports, &format!("account number {n}"), error)?;
                let id = ports.store().read(&keys::opened(n)).await.ok().flatten();
                let account_id = id.map(|id| id.to_string()).unwrap_or_default();
                audit.violations.push(Violation { account_id, message });
            }
        }
    }
    Ok(Response::success(StatusCode::OK, audit))
}

/// What cannot be read is a violation of its own; a store that is out of reach is none.
fn unreadable<P: Ports>(ports: &P, what: &str, error: Error) -> Result<String, Error> {
    if error.is_of_the_store() {
        return Err(error);
    }
    ports.log(&format!("{what} cannot be audited: {}", error.for_log()));
    Ok(format!("{what} cannot be read; the log says why"))
}

/// A task, or nothing and the violation that it cannot be read.
async fn task<P: Ports>(
    ports: &P,
    account: &Account,
    id: &TaskId,
    broken: &mut Vec<String>,
) -> Result<Option<Option<Task>>, Error> {
    match ports.store().load(&keys::task(&account.id, id)).await {
        Ok(task) => Ok(Some(task)),
        Err(error) => {
            broken.push(unreadable(ports, id.as_str(), error.into())?);
            Ok(None)
        }
    }
}

async fn check<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp, audit: &mut Audit) -> Result<(), Error> {
    let mut broken: Vec<String> = Vec::new();
    for (id, hold) in &account.funds.holds {
        let Some(task) = task(ports, account, id, &mut broken).await? else { continue };
        broken.extend(ledger::audit::hold(id, hold, task.as_ref(), ports.now()).map(|found| found.to_string()));
    }
    let settled = async |entry: &domain::Entry| {
        if let Some(id) = ledger::audit::settled_task(entry)
            && let Some(task) = task(ports, account, id, &mut broken).await?
        {
            broken.extend(ledger::audit::settlement(entry, task.as_ref()).map(|found| found.to_string()));
        }
        Ok(())
    };
    match journal::verify(ports, account, give_up_at, settled).await {
        Ok(verdict) => {
            broken.extend(verdict.flaws.iter().map(ToString::to_string));
            if verdict.complete {
                audit.accounts = audit.accounts.saturating_add(1);
            } else {
                audit.unfinished.push(account.id.to_string());
            }
            audit.entries = audit.entries.saturating_add(verdict.entries);
        }
        Err(error) => broken.push(unreadable(ports, "its ledger", error)?),
    }
    let violation = |message| Violation { account_id: account.id.to_string(), message };
    audit.violations.extend(broken.into_iter().map(violation));
    Ok(())
}
