//! The sweep: finishes what nobody asked about again, and removes what is past its time.
//!
//! Goes over the accounts by their numbers and reconciles every task that has an open hold. Each step is safe to repeat, so any number of
//! sweeps may run at once, and one that is cut off only leaves work to the next.

use std::time::Duration;

use domain::{Account, TaskId, Timestamp};
use ledger::Command;
use store::keys;

use crate::{Error, Ports, expiry, funds, notify, refresh, uploads};

/// Longest time for one sweep: below the request limit of the platforms. What is left is the next one's.
const TIME_MAX: Duration = Duration::from_secs(15);

/// What a sweep came to.
#[derive(Debug, Default)]
pub struct Swept {
    /// Accounts gone over.
    pub accounts: u64,
    /// Tasks that had ended, or have now, and are settled.
    pub settled: u64,
    /// Tasks that go on.
    pub open: u64,
    /// Accounts, tasks, messages, and what is past its time, that could not be looked at; the log says why.
    pub failed: u64,
    /// Where to go on; nothing when all accounts were gone over.
    pub next_cursor: Option<u64>,
}

/// Goes over at most `limit` accounts, from number `first` on.
///
/// # Errors
/// What the store answers.
pub async fn sweep<P: Ports>(ports: &P, first: u64, limit: u64) -> Result<Swept, Error> {
    let give_up_at = ports.now().plus(TIME_MAX);
    let opened = ports.store().count(keys::OPENED).await?;
    let last = first.saturating_add(limit.max(1)).saturating_sub(1).min(opened);
    let mut swept = Swept::default();
    for n in first..=last {
        let account = match nth(ports, n).await {
            Ok(Some(account)) => account,
            Ok(None) => continue,
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => {
                ports.log(&format!("account number {n} could not be gone over: {error}"));
                swept.failed = swept.failed.saturating_add(1);
                continue;
            }
        };
        if !finish(ports, &account, give_up_at, &mut swept).await {
            // One whose failures took all the time would take all of the next one's as well.
            let next = if n == first && swept.failed > 0 { n.saturating_add(1) } else { n };
            swept.next_cursor = Some(next).filter(|next| *next <= opened);
            return Ok(swept);
        }
        swept.accounts = swept.accounts.saturating_add(1);
    }
    let failed = uploads::sweep(ports, give_up_at).await.unwrap_or_else(|error| {
        ports.log(&format!("uploads that are of no use are removed later: {error}"));
        1
    });
    swept.failed = swept.failed.saturating_add(failed);
    swept.next_cursor = last.checked_add(1).filter(|next| *next <= opened);
    Ok(swept)
}

/// The `n`th account opened; nothing where its opening was cut off.
///
/// # Errors
/// What the store answers.
pub async fn nth<P: Ports>(ports: &P, n: u64) -> Result<Option<Account>, Error> {
    match ports.store().read(&keys::opened(n)).await? {
        None => Ok(None),
        Some(id) => Ok(ports.store().load(&keys::account(&id)).await?),
    }
}

/// Reconciles an account's open tasks and removes what is past its time; `false` when there was no time for all of it.
async fn finish<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp, swept: &mut Swept) -> bool {
    for task in account.funds.holds.keys() {
        if ports.now() >= give_up_at {
            return false;
        }
        let count = match look(ports, account, task).await {
            Ok(true) => &mut swept.settled,
            Ok(false) => &mut swept.open,
            Err(error) => {
                ports.log(&format!("{task} could not be looked at: {error}"));
                &mut swept.failed
            }
        };
        *count = count.saturating_add(1);
    }
    let failed = notify::sweep(ports, account, give_up_at).await.unwrap_or_else(|error| {
        ports.log(&format!("messages of {} are sent later: {error}", account.id));
        1
    });
    swept.failed = swept.failed.saturating_add(failed);
    match expiry::expire(ports, account, give_up_at).await {
        Ok(failed) => {
            swept.failed = swept.failed.saturating_add(failed);
            ports.now() < give_up_at
        }
        Err(error) => {
            ports.log(&format!("what {} has past its time is removed later: {error}", account.id));
            swept.failed = swept.failed.saturating_add(1);
            true
        }
    }
}

/// Reconciles one task; whether it is settled now.
async fn look<P: Ports>(ports: &P, account: &Account, id: &TaskId) -> Result<bool, Error> {
    if let Some(task) = ports.store().load(&keys::task(&account.id, id)).await? {
        return Ok(refresh::refresh(ports, task, refresh::STALE_AFTER).await?.state.is_terminal());
    }
    // Written before its hold, so it was taken away again: nothing was begun that could be charged for.
    let release = Command::Release { task: id.clone() };
    funds::carry_out(ports, &account.id, &release).await?.map_err(Error::Refused)?;
    Ok(true)
}
