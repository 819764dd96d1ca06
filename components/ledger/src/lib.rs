//! What may happen to an account's credits, decided on values.
//!
//! [`decide`] takes the funds as they are and a command, and gives the funds as they become. It is idempotent: every command names its
//! operation (the grant's id, the task), and an operation that took effect before changes nothing. So a caller that does not know whether
//! it was obeyed simply asks again.
//!
//! | command | balance | held | spent | granted |
//! |---|---|---|---|---|
//! | grant `n` | + n | | | + n |
//! | hold `n` for a task | - n | + n | | |
//! | capture `m` of the task's `n` | + (n - m) | - n | + m | |
//! | release the task's `n` | + n | - n | | |
//!
//! In every row `granted = balance + held + spent` before and after.

use domain::limits::{GRANTS_REMEMBERED, SETTLED_REMEMBERED};
use domain::{Credits, Funds, Hold, TaskId, Timestamp};

/// Something that is to happen to an account's credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Adds credits. A grant whose id is among the latest 256 changes nothing.
    Grant {
        /// Names the grant.
        id: String,
        /// How many credits.
        amount: Credits,
    },
    /// Sets credits aside for a task, before any provider hears of it.
    Hold {
        /// The task they are for.
        task: TaskId,
        /// How many credits.
        amount: Credits,
    },
    /// Charges for a finished task, at most what was held; the rest goes back.
    Capture {
        /// The task that is charged for.
        task: TaskId,
        /// How many credits.
        amount: Credits,
    },
    /// Gives back what was held for a task that delivered nothing.
    Release {
        /// The task that is given up.
        task: TaskId,
    },
}

/// Why a command cannot be obeyed. The funds stay as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The balance is smaller than what is to be held.
    #[error("insufficient credits: required {required}, available {available}")]
    InsufficientCredits {
        /// What was to be held.
        required: Credits,
        /// The balance.
        available: Credits,
    },
    /// More is to be captured than was held.
    #[error("capture of {amount} exceeds the hold of {held}")]
    ExceedsHold {
        /// What was to be captured.
        amount: Credits,
        /// What is held.
        held: Credits,
    },
    /// The amount cannot be represented.
    #[error("the amount is too large")]
    TooLarge,
}

/// Decides a command: the funds as they become, or nothing where it took effect before.
///
/// # Errors
/// A [`Rejection`] says why the command cannot be obeyed.
pub fn decide(funds: &Funds, command: &Command, now: Timestamp) -> Result<Option<Funds>, Rejection> {
    match command {
        Command::Grant { id, amount } => grant(funds, id, *amount),
        Command::Hold { task, amount } => hold(funds, task, *amount, now),
        Command::Capture { task, amount } => settle(funds, task, *amount),
        Command::Release { task } => settle(funds, task, Credits::ZERO),
    }
}

fn grant(funds: &Funds, id: &str, amount: Credits) -> Result<Option<Funds>, Rejection> {
    if funds.grants.iter().any(|known| known == id) {
        return Ok(None);
    }
    let mut after = funds.clone();
    // `granted` is never smaller than the balance, so it is the one that overflows first.
    after.granted = funds.granted.plus(amount).ok_or(Rejection::TooLarge)?;
    after.balance = funds.balance.plus(amount).ok_or(Rejection::TooLarge)?;
    remember(&mut after.grants, id.to_owned(), GRANTS_REMEMBERED);
    Ok(Some(after))
}

fn hold(funds: &Funds, task: &TaskId, amount: Credits, now: Timestamp) -> Result<Option<Funds>, Rejection> {
    if funds.holds.contains_key(task) || funds.settled.contains(task) {
        return Ok(None);
    }
    let available = funds.balance;
    let balance = available.minus(amount).ok_or(Rejection::InsufficientCredits { required: amount, available })?;
    let mut after = Funds { balance, ..funds.clone() };
    after.holds.insert(task.clone(), Hold { amount, since: now });
    Ok(Some(after))
}

/// Ends a hold: charges `amount` of it and gives the rest back. Without a hold there is nothing to end.
fn settle(funds: &Funds, task: &TaskId, amount: Credits) -> Result<Option<Funds>, Rejection> {
    let mut after = funds.clone();
    let Some(Hold { amount: held, .. }) = after.holds.remove(task) else {
        return Ok(None);
    };
    let rest = held.minus(amount).ok_or(Rejection::ExceedsHold { amount, held })?;
    after.spent = funds.spent.plus(amount).ok_or(Rejection::TooLarge)?;
    after.balance = funds.balance.plus(rest).ok_or(Rejection::TooLarge)?;
    remember(&mut after.settled, task.clone(), SETTLED_REMEMBERED);
    Ok(Some(after))
}

fn remember<T>(ring: &mut Vec<T>, item: T, most: usize) {
    ring.push(item);
    let excess = ring.len().saturating_sub(most);
    ring.drain(..excess);
}

/// Whether the funds keep the first invariant: `granted = balance + held + spent`.
pub fn is_balanced(funds: &Funds) -> bool {
    let held = funds.holds.values().try_fold(Credits::ZERO, |sum, hold| sum.plus(hold.amount));
    let sum = held.and_then(|held| funds.balance.plus(held)).and_then(|sum| sum.plus(funds.spent));
    sum == Some(funds.granted)
}

#[cfg(test)]
mod tests;
