//! An account's credits, asked of the ledger and kept in the store.

use std::collections::BTreeMap;

use domain::{Account, AccountId, Credits, Funds, Marker, Operation, PendingDelivery, Task, TaskId};
use ledger::{Claim, Command, Rejection, archive};
use store::{Decision, keys};

use crate::{Error, Ports};

/// Most messages that wait to be delivered, of one account: each is a part of one document.
const DELIVERIES_MAX: usize = 500;
/// How often an operation is looked for among the archived ones, when others are archived meanwhile.
const LOOKS_MAX: usize = 8;

/// Carries out a command on an account's credits, and returns them as they are then. Safe to repeat, at any time, by anyone.
///
/// # Errors
/// What the store answers.
pub async fn carry_out<P: Ports>(
    ports: &P,
    account: &AccountId,
    command: &Command,
) -> Result<Result<Funds, Rejection>, Error> {
    Ok(change(ports, account, command, |_| {}).await?.map(|(funds, _)| funds))
}

/// Carries out a command, and where that changes anything, whatever `also` does. Says whether it did.
async fn change<P: Ports>(
    ports: &P,
    account: &AccountId,
    command: &Command,
    also: impl Fn(&mut Account),
) -> Result<Result<(Funds, bool), Rejection>, Error> {
    let now = ports.now();
    let outcome: Result<(Funds, bool), Rejection> = ports
        .store()
        .update(&keys::account(account), |document: &Account| match ledger::decide(&document.funds, command, now) {
            Ok(Some(funds)) => {
                let mut changed = Account { funds: funds.clone(), ..document.clone() };
                also(&mut changed);
                Decision::Write(changed, Ok((funds, true)))
            }
            Ok(None) => Decision::Keep(Ok((document.funds.clone(), false))),
            Err(rejection) => Decision::Keep(Err(rejection)),
        })
        .await?;
    if let Ok((funds, _)) = &outcome
        && let Err(error) = archive(ports, account, funds).await
    {
        ports.log(&format!("the ledger of {account} is archived later: {error}"));
    }
    Ok(outcome)
}

/// Settles a task that ended, and returns the account's credits then. Where that moved credits and the owner wants to be told, the message
/// becomes due with the same write; the answer says so.
///
/// # Errors
/// What the store answers.
pub async fn settle<P: Ports>(ports: &P, task: &Task, command: &Command) -> Result<(Funds, bool), Error> {
    let now = ports.now();
    let tell = task.webhook_url.is_some();
    let settled = change(ports, &task.account, command, |account| {
        if tell {
            make_room(&mut account.deliveries);
            account.deliveries.insert(task.id.clone(), PendingDelivery::first(now));
        }
    });
    let (funds, moved) = settled.await?.map_err(Error::Refused)?;
    Ok((funds, moved && tell))
}

/// Gives up what has been tried most often when there are as many messages as an account's document has room for.
fn make_room(deliveries: &mut BTreeMap<TaskId, PendingDelivery>) {
    while deliveries.len() >= DELIVERIES_MAX {
        let worst = deliveries.iter().max_by_key(|(_, due)| due.failures).map(|(task, _)| task.clone());
        worst.and_then(|task| deliveries.remove(&task));
    }
}

/// Carries out a command that has a name of its own, unless an archived entry has that name.
///
/// # Errors
/// What the store answers.
pub async fn carry_out_once<P: Ports>(
    ports: &P,
    account: &AccountId,
    operation: &Operation,
    task: Option<&TaskId>,
    command: impl Fn(Claim) -> Command,
) -> Result<Result<Funds, Rejection>, Error> {
    ensure_safe(ports).await?;
    for _ in 0..LOOKS_MAX {
        // The funds first: whatever is archived by then has its marker.
        let funds = load(ports, account).await?;
        if let Some(marker) = archived(ports, account, &funds, operation).await? {
            return Ok(match marker.task {
                _ if marker.fingerprint != operation.fingerprint => Err(Rejection::Mismatch),
                Some(first) if Some(&first) != task => Err(Rejection::Repeats { first }),
                _ => Ok(funds),
            });
        }
        let claim = Claim { operation: operation.clone(), looked: funds.archived };
        match carry_out(ports, account, &command(claim)).await? {
            Err(Rejection::LookAgain) => {}
            outcome => return Ok(outcome),
        }
    }
    Ok(Err(Rejection::LookAgain))
}

/// What is remembered of an operation whose entry has left the account's document.
///
/// # Errors
/// What the store answers.
pub async fn archived<P: Ports>(
    ports: &P,
    account: &AccountId,
    funds: &Funds,
    operation: &Operation,
) -> Result<Option<Marker>, Error> {
    if funds.archived == 0 {
        return Ok(None);
    }
    let marker = ports.store().read(&keys::operation(account, &operation.id)).await?;
    Ok(marker.filter(|marker: &Marker| ledger::is_remembered(marker.task.as_ref(), marker.at, ports.now())))
}

/// Moves the oldest entries to a page of their own, when there are enough. Who dies in between leaves them in both places.
async fn archive<P: Ports>(ports: &P, account: &AccountId, funds: &Funds) -> Result<(), Error> {
    let Some((page, entries)) = archive::due(funds) else { return Ok(()) };
    for entry in entries {
        if let Some(Operation { id, fingerprint }) = &entry.operation {
            let marker = Marker { fingerprint: fingerprint.clone(), at: entry.at, task: entry.change.task().cloned() };
            ports.store().write(&keys::operation(account, id), &marker).await?;
        }
    }
    ports.store().write(&keys::ledger_page(account, page), &entries.to_vec()).await?;
    let key = keys::account(account);
    let leave = ports.store().update(&key, |document: &Account| match archive::without(&document.funds, page) {
        Some(funds) => Decision::Write(Account { funds, ..document.clone() }, ()),
        None => Decision::Keep(()),
    });
    Ok(leave.await?)
}

/// Refuses to touch money on a store that the doctor found to lose it.
///
/// # Errors
/// [`Error::StoreUnsafe`], and what the store answers.
pub async fn ensure_safe<P: Ports>(ports: &P) -> Result<(), Error> {
    match ports.store().read(&keys::safe()).await? {
        Some(false) => Err(Error::StoreUnsafe),
        Some(true) | None => Ok(()),
    }
}

/// Refuses early what the hold would refuse later, so that no photo is fetched for nothing.
///
/// # Errors
/// [`Error::Refused`] and [`Error::StoreUnsafe`], and what the store answers.
pub async fn check_available<P: Ports>(ports: &P, account: &AccountId, required: Credits) -> Result<(), Error> {
    ensure_safe(ports).await?;
    let funds = load(ports, account).await?;
    let (available, most) = (funds.balance, ports.config().open_tasks_max);
    if available < required {
        Err(Error::Refused(Rejection::InsufficientCredits { required, available }))
    } else if funds.open_tasks() >= most {
        Err(Error::Refused(Rejection::TooManyOpen { most }))
    } else {
        Ok(())
    }
}

/// An account's credits as they are now.
///
/// # Errors
/// What the store answers.
pub async fn load<P: Ports>(ports: &P, account: &AccountId) -> Result<Funds, Error> {
    Ok(document(ports, account).await?.funds)
}

/// A customer's account as it is now.
///
/// # Errors
/// What the store answers.
pub async fn document<P: Ports>(ports: &P, account: &AccountId) -> Result<Account, Error> {
    let document = ports.store().load(&keys::account(account)).await?;
    document.ok_or_else(|| Error::internal(format!("{account} has a key and no document")))
}
