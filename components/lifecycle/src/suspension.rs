//! Suspending a character: at once nothing begins with it and no picture of it is handed out, and what is under way is canceled. Nothing is
//! removed.
//!
//! The character is marked first, then what holds credits is canceled. Who begins something looks for the mark after its hold, before a provider is
//! asked ([`remains::is_closed`](crate::remains::is_closed)). So either the suspension finds the hold, or whoever held finds the suspension. Who hands a picture out,
//! a link to one or a message that has links, looks for the mark then ([`crate::shown`]).
//!
//! Every step can be done again: one that was cut off goes on with the next call.

use domain::{AccountId, Character, CharacterId, Suspension, SuspensionReason};
use store::{Decision, keys};

use crate::{Error, Ports, character, erase};

/// Suspends a character, and cancels what is under way with it: the credits come back. Returns how many tasks that were.
///
/// A takedown becomes a withdrawal where the person says so as well, and never the other way round.
///
/// # Errors
/// What the store answers; a repetition does what is left.
pub async fn suspend<P: Ports>(ports: &P, character: &Character, reason: SuspensionReason) -> Result<usize, Error> {
    let suspension = Suspension { at: ports.now(), reason };
    let key = keys::character(&character.account, &character.id);
    let update = ports.store().update(&key, |current: &Character| {
        let is_so = current.suspended.is_some_and(|known| known.reason == reason || !may_be_lifted(known));
        if is_so {
            return Decision::Keep(());
        }
        Decision::Write(Character { suspended: Some(suspension), ..current.clone() }, ())
    });
    update.await?;
    erase::cancel_all(ports, character).await
}

/// Lifts a takedown that was wrong; whether there was one. What was canceled stays canceled, and a withdrawal stays.
///
/// # Errors
/// What the store answers.
pub async fn lift<P: Ports>(ports: &P, account: &AccountId, id: &CharacterId) -> Result<bool, Error> {
    let lifted = |current: &Character| {
        current.suspended.is_some_and(may_be_lifted).then(|| Character { suspended: None, ..current.clone() })
    };
    Ok(character::change(ports, account, id, lifted).await?.is_some())
}

fn may_be_lifted(suspension: Suspension) -> bool {
    match suspension.reason {
        SuspensionReason::Takedown => true,
        SuspensionReason::Withdrawn => false,
    }
}

#[cfg(test)]
mod tests;
