//! Takedowns: somebody asked the operator to take something down. What it is about is handed out no more within the call that opens a case;
//! the case says until when that is to be decided, and what is not decided by then is erased by the sweep.
//!
//! It is about the character that a file shows, and all there is of that; or about the files of one task, where it shows none.
//!
//! | we die right after | what is left | who goes on |
//! |---|---|---|
//! | a case was given its number | a number without a case | nobody has to: the sweep passes it over |
//! | a case was written | a case of what is handed out still | the same request finds it, or opens a second; or the time of the case ends |
//! | something was suspended | the same | the same request does what is left |
//! | something was erased in part | the case is open | whoever asks again, and the sweep from the deadline on |
//!
//! Cases are numbered as they are opened and have equally long, so the sweep goes along them by their numbers. They stay: what was asked, when,
//! and what became of it is to be shown later.

mod end;
mod sweep;

use domain::takedown::{Case, Owned, State, Target};
use domain::{AccountId, SuspensionReason, Task, TaskId, Timestamp};
use store::{Decision, keys};

pub use end::{Ended, erase, lift};
pub use sweep::sweep;

use crate::{Error, Ports, suspension};

/// Cases that one list has, at most.
pub const LISTED_MAX: u64 = 50;

/// Opens a case, and sees to it that nothing of what it is about is handed out any more. Where one is under way for that, it is that one.
///
/// # Errors
/// What the store answers; the same request does what is left.
pub async fn open<P: Ports>(ports: &P, of: Owned, reason: String, reference: Option<String>) -> Result<Case, Error> {
    let newest = keys::takedown_of(&of.account, of.id());
    if let Some(n) = ports.store().read(&newest).await?
        && let Some(case) = find(ports, n).await?.filter(|case| !case.is_over())
    {
        suspend(ports, &case.of).await?;
        return Ok(case);
    }
    let number = ports.store().next(keys::TAKEDOWNS).await?;
    let case = Case { number, at: ports.now(), of, reason, reference, state: State::Open, removed: Vec::new() };
    ports.store().create(&keys::new_takedown(number), case.clone()).await?;
    ports.store().write(&newest, &number).await?;
    suspend(ports, &case.of).await?;
    Ok(case)
}

/// The case of this number; nothing where there is none.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, number: u64) -> Result<Option<Case>, Error> {
    Ok(ports.store().load(&keys::takedown(number)).await?)
}

/// The latest cases, the last one first.
///
/// # Errors
/// What the store answers.
pub async fn latest<P: Ports>(ports: &P) -> Result<Vec<Case>, Error> {
    let last = ports.store().count(keys::TAKEDOWNS).await?;
    let mut cases = Vec::new();
    for n in (last.saturating_sub(LISTED_MAX).saturating_add(1)..=last).rev() {
        cases.extend(find(ports, n).await?);
    }
    Ok(cases)
}

/// Sees to it that nothing of it is handed out, and that nothing begins with it.
async fn suspend<P: Ports>(ports: &P, of: &Owned) -> Result<(), Error> {
    match &of.target {
        Target::Character(id) => {
            // One that is not there any more has nothing to hand out.
            let Some(character) = ports.store().load(&keys::character(&of.account, id)).await? else { return Ok(()) };
            suspension::suspend(ports, &character, SuspensionReason::Takedown).await?;
            Ok(())
        }
        Target::Task(id) => set_withheld(ports, &of.account, id, Some(ports.now())).await,
    }
}

/// Hands the files of a task out no more since `at`, or again.
async fn set_withheld<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &TaskId,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    let key = keys::task(account, id);
    let update = ports.store().update(&key, |task: &Task| {
        if task.withheld_at.is_some() == at.is_some() {
            return Decision::Keep(());
        }
        Decision::Write(Task { withheld_at: at, ..task.clone() }, ())
    });
    Ok(update.await?)
}

#[cfg(test)]
mod tests;
