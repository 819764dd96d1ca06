//! The end of an account: everything of its characters, one after the other.

use std::time::Duration;

use domain::{AccountId, CharacterId};
use store::keys;

use crate::erase::{self, Outcome};
use crate::{Error, Ports};

/// After this long no other character is begun with; the one that is begun with has its own time.
const TIME_MAX: Duration = Duration::from_secs(8);

/// How far it came.
#[derive(Debug, Default)]
pub struct Closed {
    /// Characters gone over.
    pub characters: u64,
    /// What stays of them: of which one, what, and why.
    pub remains: Vec<(CharacterId, &'static str, String)>,
    /// Whether a repetition could remove more of those.
    pub again: bool,
    /// Where to go on; nothing when all were gone over.
    pub next: Option<u64>,
}

/// Deletes an account's characters, from its `first` on.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn close<P: Ports>(ports: &P, account: &AccountId, first: u64) -> Result<Closed, Error> {
    let (mut closed, give_up_at) = (Closed::default(), ports.now().plus(TIME_MAX));
    let last = ports.store().count(keys::characters(account)).await?;
    for n in first..=last {
        if n > first && ports.now() >= give_up_at {
            closed.next = Some(n);
            break;
        }
        // A number without a character was given to a request that died.
        let Some(id) = ports.store().read(&keys::listed(account, n)).await? else { continue };
        let Some(character) = ports.store().load(&keys::character(account, &id)).await? else { continue };
        let report = erase::erase(ports, character).await?;
        closed.characters = closed.characters.saturating_add(1);
        closed.again |= !report.is_complete();
        for object in report.objects {
            if let Outcome::Remains { reason, .. } = object.outcome {
                closed.remains.push((report.character.clone(), object.name, reason));
            }
        }
    }
    Ok(closed)
}
