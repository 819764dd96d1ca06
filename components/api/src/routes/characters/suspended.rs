//! A suspended character: refused to whoever would begin something with it, and shown.

use domain::{AccountId, CharacterId, Suspension, SuspensionReason};
use lifecycle::{Ports, shown};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Code, Error};

/// What is refused for a suspended character.
pub(super) const REFUSALS: [Code; 2] = [Code::ConsentWithdrawn, Code::CharacterSuspended];

/// A suspension as the character's owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Suspension")]
pub(super) struct View {
    /// `withdrawn`: the person pictured took the consent back, for good. `takedown`: the operator was asked to take pictures of it down.
    reason: SuspensionReason,
    #[schemars(extend("format" = "date-time"))]
    at: String,
}

impl From<Suspension> for View {
    fn from(Suspension { at, reason }: Suspension) -> Self {
        Self { reason, at: at.to_string() }
    }
}

/// Refuses a character that is suspended.
///
/// # Errors
/// [`Code::ConsentWithdrawn`] and [`Code::CharacterSuspended`].
pub(super) fn refuse(suspended: Option<Suspension>) -> Result<(), Error> {
    let (code, message) = match suspended.map(|suspension| suspension.reason) {
        None => return Ok(()),
        Some(SuspensionReason::Withdrawn) => (
            Code::ConsentWithdrawn,
            "The person pictured took the consent back: nothing is made with this character any more, and no picture of it is handed out",
        ),
        Some(SuspensionReason::Takedown) => (
            Code::CharacterSuspended,
            "The operator suspended this character, as pictures of it are to be taken down: nothing is made with it, and no picture of it is \
             handed out, until that is decided; ask the operator",
        ),
    };
    Err(Error::new(code, message))
}

/// Refuses it where it is suspended by now: before what was made meanwhile, or what was answered before, is handed out.
///
/// # Errors
/// As [`refuse`], and what the store answers.
pub(super) async fn refuse_by_now<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: Option<CharacterId>,
) -> Result<(), Error> {
    match id {
        Some(id) => refuse(shown::suspension(ports, account, &id).await?),
        None => Ok(()),
    }
}
