//! Changing a character's document.

use domain::{AccountId, Character, CharacterId};
use store::{Decision, keys};

use crate::{Error, Ports};

/// Changes a character where there is something to change: the character then. Nothing where there is not, or no such character any more.
///
/// # Errors
/// What the store answers.
pub(crate) async fn change<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &CharacterId,
    changed: impl Fn(&Character) -> Option<Character>,
) -> Result<Option<Character>, Error> {
    apply(ports, account, id, &changed).await
}

/// The same, compiled once and not for every change.
async fn apply<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &CharacterId,
    changed: &dyn Fn(&Character) -> Option<Character>,
) -> Result<Option<Character>, Error> {
    let key = keys::character(account, id);
    let update = ports.store().update(&key, |current: &Character| match changed(current) {
        Some(next) => Decision::Write(next.clone(), Some(next)),
        None => Decision::Keep(None),
    });
    match update.await {
        Err(store::Error::Missing { .. }) => Ok(None),
        changed => Ok(changed?),
    }
}
