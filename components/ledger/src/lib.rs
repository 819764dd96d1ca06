//! What may happen to an account's credits, decided on values.
//!
//! [`decide`] takes the funds as they are and a command, and gives the funds as they become, one entry longer. It is idempotent: every
//! command names its operation, and one that took effect before changes nothing. So a caller that does not know whether it was obeyed
//! simply asks again.
//!
//! | command | balance | held | spent | granted |
//! |---|---|---|---|---|
//! | grant `n`, adjust up by `n` | + n | | | + n |
//! | adjust down by `n` | - n | | | - n |
//! | hold `n` for a task | - n | + n | | |
//! | capture `m` of the task's `n` | + (n - m) | - n | + m | |
//! | release the task's `n` | + n | - n | | |
//!
//! In every row `granted = balance + held + spent` before and after. [`chain`] proves it afterwards, from the entries alone; [`archive`]
//! moves old entries out of the account's document.

pub mod archive;
pub mod audit;
pub mod budget;
pub mod chain;
mod command;

pub use chain::is_balanced;
pub use command::{Claim, Command, Rejection};

use domain::limits::{IDEMPOTENCY_LIFETIME, LEDGER_PAGE_ENTRIES};
use domain::{AccountId, Change, Credits, Entry, Funds, Hold, Operation, TaskId, Timestamp};

/// Most entries in an account's document, in pages: some are archived long before. At this many only settling goes on.
const PAGES_MAX: usize = 8;

/// The funds of a new account: none, and the chain's first link.
pub fn open(account: &AccountId) -> Funds {
    let (granted, balance, spent) = (Credits::ZERO, Credits::ZERO, Credits::ZERO);
    let (holds, entries) = Default::default();
    Funds { granted, balance, spent, holds, archived: 0, entries, head: chain::anchor(account) }
}

/// Decides a command: the funds as they become, or nothing where it took effect before.
///
/// # Errors
/// A [`Rejection`] says why the command cannot be obeyed.
pub fn decide(funds: &Funds, command: &Command, now: Timestamp) -> Result<Option<Funds>, Rejection> {
    match command {
        Command::Grant { id, amount, claim } => {
            let change = Change::Grant { id: id.clone() };
            add(funds, change, *amount, claim, now)
        }
        Command::AdjustUp { id, reason, amount, claim } => {
            let change = Change::AdjustUp { id: id.clone(), reason: reason.clone() };
            add(funds, change, *amount, claim, now)
        }
        Command::AdjustDown { id, reason, amount, claim } => {
            let change = Change::AdjustDown { id: id.clone(), reason: reason.clone() };
            take(funds, change, *amount, claim, now)
        }
        Command::Hold { task, amount, key, deadline, open_max, claim } => {
            let hold_of_it = Hold { amount: *amount, since: now, key: key.clone(), deadline: Some(*deadline) };
            hold(funds, task, hold_of_it, *open_max, claim.as_ref())
        }
        Command::Capture { task, amount } => capture(funds, task, *amount, now),
        Command::Release { task } => release(funds, task, now),
    }
}

fn add(
    funds: &Funds,
    change: Change,
    amount: Credits,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Funds>, Rejection> {
    if repeats(funds, claim, None, now)? {
        return Ok(None);
    }
    let mut after = room(funds)?;
    // `granted` is never smaller than the balance, so it is the one that overflows first.
    after.granted = funds.granted.plus(amount).ok_or(Rejection::TooLarge)?;
    after.balance = funds.balance.plus(amount).ok_or(Rejection::TooLarge)?;
    enter(after, change, amount, None, Some(claim.operation.clone()), now)
}

fn take(
    funds: &Funds,
    change: Change,
    amount: Credits,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Funds>, Rejection> {
    if repeats(funds, claim, None, now)? {
        return Ok(None);
    }
    let mut after = room(funds)?;
    after.balance = spare(funds, amount)?;
    after.granted = funds.granted.minus(amount).ok_or(Rejection::TooLarge)?;
    enter(after, change, amount, None, Some(claim.operation.clone()), now)
}

fn hold(
    funds: &Funds,
    task: &TaskId,
    hold: Hold,
    open_max: u32,
    claim: Option<&Claim>,
) -> Result<Option<Funds>, Rejection> {
    let (amount, key, now) = (hold.amount, hold.key.clone(), hold.since);
    // Its entries stay for a page of others: a hold that comes again late must not open anew what was settled meanwhile.
    if funds.holds.contains_key(task) || funds.entries.iter().any(|entry| entry.change.task() == Some(task)) {
        return Ok(None);
    }
    if let Some(claim) = claim
        && repeats(funds, claim, Some(task), now)?
    {
        return Ok(None);
    }
    if funds.open_tasks() >= open_max {
        return Err(Rejection::TooManyOpen { most: open_max });
    }
    let mut after = room(funds)?;
    after.balance = spare(funds, amount)?;
    after.holds.insert(task.clone(), hold);
    let operation = claim.map(|claim| claim.operation.clone());
    enter(after, Change::Hold { task: task.clone() }, amount, Some(key), operation, now)
}

/// Ends a hold: charges `amount` of it and gives the rest back. Without a hold there is nothing to end.
fn capture(funds: &Funds, task: &TaskId, amount: Credits, now: Timestamp) -> Result<Option<Funds>, Rejection> {
    let mut after = funds.clone();
    let Some(Hold { amount: held, key, .. }) = after.holds.remove(task) else { return Ok(None) };
    let rest = held.minus(amount).ok_or(Rejection::ExceedsHold { amount, held })?;
    after.spent = funds.spent.plus(amount).ok_or(Rejection::TooLarge)?;
    after.balance = funds.balance.plus(rest).ok_or(Rejection::TooLarge)?;
    enter(after, Change::Capture { task: task.clone() }, amount, Some(key), None, now)
}

fn release(funds: &Funds, task: &TaskId, now: Timestamp) -> Result<Option<Funds>, Rejection> {
    let mut after = funds.clone();
    let Some(Hold { amount, key, .. }) = after.holds.remove(task) else { return Ok(None) };
    after.balance = funds.balance.plus(amount).ok_or(Rejection::TooLarge)?;
    enter(after, Change::Release { task: task.clone() }, amount, Some(key), None, now)
}

/// Whether the operation is among the latest entries: the same request, which is not obeyed a second time.
fn repeats(funds: &Funds, claim: &Claim, task: Option<&TaskId>, now: Timestamp) -> Result<bool, Rejection> {
    let Claim { operation, looked } = claim;
    if let Some(entry) = find(funds, operation, now) {
        if entry.operation.as_ref() != Some(operation) {
            return Err(Rejection::Mismatch);
        }
        return match entry.change.task() {
            Some(first) if Some(first) != task => Err(Rejection::Repeats { first: first.clone() }),
            _ => Ok(true),
        };
    }
    if *looked < funds.archived {
        return Err(Rejection::LookAgain);
    }
    Ok(false)
}

/// The number up to which no entry in the document is of an operation of this name.
pub fn looked(funds: &Funds, operation: &Operation) -> u64 {
    let named = |entry: &&Entry| entry.operation.as_ref().is_some_and(|known| known.id == operation.id);
    funds.entries.iter().find(named).map_or(funds.last_seq(), |entry| entry.seq.saturating_sub(1))
}

/// The entry of an operation of this name, if it is among the latest ones and still counts. It may have asked for something else.
pub fn find<'a>(funds: &'a Funds, operation: &Operation, now: Timestamp) -> Option<&'a Entry> {
    let named = |entry: &&Entry| entry.operation.as_ref().is_some_and(|known| known.id == operation.id);
    funds.entries.iter().rev().find(named).filter(|entry| is_remembered(entry.change.task(), entry.at, now))
}

/// Whether an operation still counts: a request that began a task for a day, what the administrator did for ever.
pub fn is_remembered(task: Option<&TaskId>, at: Timestamp, now: Timestamp) -> bool {
    task.is_none() || now.since(at) < IDEMPOTENCY_LIFETIME
}

/// The funds, if there is room for an entry that could as well wait.
fn room(funds: &Funds) -> Result<Funds, Rejection> {
    if funds.entries.len() < PAGES_MAX * LEDGER_PAGE_ENTRIES { Ok(funds.clone()) } else { Err(Rejection::Full) }
}

fn spare(funds: &Funds, required: Credits) -> Result<Credits, Rejection> {
    let available = funds.balance;
    available.minus(required).ok_or(Rejection::InsufficientCredits { required, available })
}

/// Writes the entry of a change to the end of the funds that came of it.
fn enter(
    mut after: Funds,
    change: Change,
    amount: Credits,
    key: Option<String>,
    operation: Option<Operation>,
    at: Timestamp,
) -> Result<Option<Funds>, Rejection> {
    let held = after.held().ok_or(Rejection::TooLarge)?;
    let (balance, spent, hash) = (after.balance, after.spent, after.head.clone());
    let seq = after.last_seq().saturating_add(1);
    let last_hold = if archive::begins_page(seq) { after.last_hold() } else { None };
    let mut entry = Entry { seq, at, change, amount, balance, held, spent, key, operation, hash, last_hold };
    entry.hash = chain::hash(&after.head, &entry);
    after.head = entry.hash.clone();
    after.entries.push(entry);
    Ok(Some(after))
}

#[cfg(test)]
mod tests;
