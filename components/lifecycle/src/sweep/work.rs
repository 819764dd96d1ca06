//! What is done for one account: one kind of work, within its share of the time.

use domain::{Account, DueKind, Slots, Task, TaskId, Timestamp};
use ledger::Command;
use store::{Place, keys};

use crate::{Error, Ports, expiry, funds, notify, refresh, stop};

/// What work on an account came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Tasks that had ended, or have now, and are settled.
    pub(super) settled: u64,
    /// Tasks that go on.
    pub(super) open: u64,
    /// What could not be done; the log says why.
    pub(super) failed: u64,
    /// When there is work of this kind again, where the account's document does not say so.
    pub(super) next: Slots,
}

/// Does one kind of work for an account, until `give_up_at`.
///
/// # Errors
/// What the store answers; what was done stays done.
pub(super) async fn work<P: Ports>(
    ports: &P,
    account: &Account,
    kind: DueKind,
    give_up_at: Timestamp,
) -> Result<Tally, Error> {
    match kind {
        DueKind::Settle => Box::pin(settle(ports, account, give_up_at)).await,
        DueKind::Ask => Box::pin(ask(ports, account, give_up_at)).await,
        DueKind::Tell => {
            Ok(Tally { failed: Box::pin(notify::sweep(ports, account, give_up_at)).await?, ..Tally::default() })
        }
        DueKind::Stop => {
            Ok(Tally { failed: Box::pin(stop::sweep(ports, account, give_up_at)).await?, ..Tally::default() })
        }
        DueKind::Look => Ok(walked(kind, Box::pin(expiry::look(ports, account, give_up_at)).await?)),
        DueKind::Copy => Ok(walked(kind, Box::pin(expiry::copy(ports, account, give_up_at)).await?)),
        DueKind::Tidy => Ok(walked(kind, Box::pin(expiry::tidy(ports, account, give_up_at)).await?)),
    }
}

fn walked(kind: DueKind, walked: expiry::Walked) -> Tally {
    let next = walked.next.map(|at| (kind, at)).into_iter().collect();
    Tally { failed: walked.failed, next, ..Tally::default() }
}

/// Settles what has ended, and gives up what is past its deadline.
async fn settle<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<Tally, Error> {
    let now = ports.now();
    let mut due: Vec<_> = account.funds.holds.iter().map(|(id, hold)| (hold.deadline, id)).collect();
    due.retain(|(deadline, _)| deadline.is_none_or(|at| at <= now));
    due.sort();
    let mut tally = Tally::default();
    for (_, id) in due {
        if ports.now() >= give_up_at {
            break;
        }
        let concluded = match load(ports, account, id, &mut tally).await? {
            Some(task) => refresh::conclude(ports, task).await,
            None => continue,
        };
        count(ports, id, concluded, &mut tally)?;
    }
    Ok(tally)
}

/// Asks about every running task, the one that was not asked about for the longest time first.
async fn ask<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<Tally, Error> {
    let (mut tally, mut tasks) = (Tally::default(), Vec::new());
    for id in account.funds.holds.keys() {
        tasks.extend(load(ports, account, id, &mut tally).await?);
    }
    tasks.sort_by_key(|task| task.asked_at);
    for task in tasks {
        if ports.now() >= give_up_at {
            break;
        }
        let id = task.id.clone();
        let refreshed = refresh::refresh(ports, task, refresh::STALE_AFTER).await;
        count(ports, &id, refreshed, &mut tally)?;
    }
    Ok(tally)
}

/// The task of a hold; nothing where there is none, and then the hold goes, or where it cannot be read.
async fn load<P: Ports>(ports: &P, account: &Account, id: &TaskId, tally: &mut Tally) -> Result<Option<Task>, Error> {
    match ports.store().load(&keys::task(&account.id, id)).await.map_err(Error::from) {
        Ok(Some(task)) => return Ok(Some(task)),
        Ok(None) => {
            // Written before its hold, so it was taken away again: nothing was begun that could be charged for.
            let release = Command::Release { task: id.clone() };
            funds::carry_out(ports, Place::Last, &account.id, &release).await?.map_err(Error::Refused)?;
            tally.settled = tally.settled.saturating_add(1);
        }
        Err(error) => drop(count(ports, id, Err(error), tally)?),
    }
    Ok(None)
}

/// Counts what a look at a task came to. One that cannot be looked at keeps no other; a store that is out of reach does.
fn count<P: Ports>(ports: &P, id: &TaskId, looked: Result<Task, Error>, tally: &mut Tally) -> Result<(), Error> {
    let counter = match looked {
        Ok(task) if task.state.is_terminal() => &mut tally.settled,
        Ok(_) => &mut tally.open,
        Err(error) if error.is_of_the_store() => return Err(error),
        Err(error) => {
            ports.log(&format!("{id} could not be looked at: {error}"));
            &mut tally.failed
        }
    };
    *counter = counter.saturating_add(1);
    Ok(())
}
