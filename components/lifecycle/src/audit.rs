//! The audit: every invariant of an account's credits, checked against its ledger and its tasks.

use std::time::Duration;

use domain::{Account, AccountId, Task, TaskId};
use store::keys;

use crate::journal::{By, Look};
use crate::{Error, Ports, funds, journal};

/// Longest time for one audit: below the request limit of the platforms. What is left is the next one's.
const TIME_MAX: Duration = Duration::from_secs(15);

/// What an audit came to.
#[derive(Debug, Default)]
pub struct Audit {
    /// Accounts whose ledger was checked up to its end.
    pub accounts: u64,
    /// Entries checked, in this audit.
    pub entries: u64,
    /// Every invariant that is broken.
    pub violations: Vec<Violation>,
    /// Accounts whose ledger is too long to be checked in one request; the next one goes on.
    pub unfinished: Vec<AccountId>,
    /// Up to which entry the ledger of the last account was checked.
    pub checked_through: u64,
    /// Where to go on; nothing when all accounts were checked.
    pub next_cursor: Option<u64>,
}

/// A broken invariant.
#[derive(Debug)]
pub struct Violation {
    /// Of which account; nothing where that cannot be read either.
    pub account: Option<AccountId>,
    /// What is wrong.
    pub message: String,
}

/// Checks one account: its ledger from where the audit before ended, or where it is to be in `full`, from its first entry.
///
/// # Errors
/// What the store answers.
pub async fn one<P: Ports>(ports: &P, account: &Account, full: bool) -> Result<Audit, Error> {
    let mut audit = Audit::default();
    let give_up_at = ports.now().plus(TIME_MAX);
    check(ports, Look { account, by: By::Audit, full, give_up_at }, &mut audit).await?;
    Ok(audit)
}

/// Checks all accounts from number `first` on, as far as the time goes, each as [`one`] does.
///
/// # Errors
/// What the store answers.
pub async fn all<P: Ports>(ports: &P, first: u64, full: bool) -> Result<Audit, Error> {
    let (mut audit, give_up_at) = (Audit::default(), ports.now().plus(TIME_MAX));
    let opened = ports.store().count(keys::OPENED).await?;
    for n in first..=opened {
        // The first is checked in any case, so that every audit comes further.
        if n > first && ports.now() >= give_up_at {
            audit.next_cursor = Some(n);
            break;
        }
        match funds::nth(ports, n).await {
            Ok(None) => {}
            Ok(Some(account)) => {
                check(ports, Look { account: &account, by: By::Audit, full, give_up_at }, &mut audit).await?;
            }
            Err(error) => {
                let message = unreadable(ports, &format!("account number {n}"), error)?;
                let account = ports.store().read(&keys::opened(n)).await.ok().flatten();
                audit.violations.push(Violation { account, message });
            }
        }
    }
    Ok(audit)
}

/// What cannot be read is a violation of its own; a store that is out of reach is none.
fn unreadable<P: Ports>(ports: &P, what: &str, error: Error) -> Result<String, Error> {
    if error.is_of_the_store() {
        return Err(error);
    }
    ports.log(&format!("{what} cannot be audited: {error}"));
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

async fn check<P: Ports>(ports: &P, look: Look<'_>, audit: &mut Audit) -> Result<(), Error> {
    let account = look.account;
    let mut broken: Vec<String> = Vec::new();
    for (id, hold) in &account.funds.holds {
        let Some(task) = task(ports, account, id, &mut broken).await? else { continue };
        broken.extend(ledger::audit::hold(id, hold, task.as_ref(), ports.now()).map(|found| found.to_string()));
    }
    let settled = async |entry: &domain::Entry| {
        let before = broken.len();
        if let Some(id) = ledger::audit::settled_task(entry)
            && let Some(task) = task(ports, account, id, &mut broken).await?
        {
            broken.extend(ledger::audit::settlement(entry, task.as_ref()).map(|found| found.to_string()));
        }
        Ok(broken.len() == before)
    };
    match journal::verify(ports, look, settled).await {
        Ok(verdict) => {
            broken.extend(verdict.flaws.iter().map(ToString::to_string));
            if verdict.complete {
                audit.accounts = audit.accounts.saturating_add(1);
            } else {
                audit.unfinished.push(account.id.clone());
            }
            audit.entries = audit.entries.saturating_add(verdict.through.saturating_sub(verdict.after));
            audit.checked_through = verdict.through;
        }
        Err(error) => broken.push(unreadable(ports, "its ledger", error)?),
    }
    let violation = |message| Violation { account: Some(account.id.clone()), message };
    audit.violations.extend(broken.into_iter().map(violation));
    Ok(())
}
