//! What the person pictured sees.

use domain::{Account, Character, CharacterState};
use lifecycle::receipt::PURPOSE;
use lifecycle::{Ports, links};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;

/// How it stands with the consent of whoever has the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ConsentState", inline)]
pub(super) enum State {
    /// It can be given or refused.
    Awaiting,
    /// It was given, and can be taken back.
    Confirmed,
    /// It was refused, or not given in time.
    Refused,
    /// It was taken back.
    Withdrawn,
    /// The character was deleted.
    Deleted,
    /// It cannot be answered now: the operator looks into the character.
    Suspended,
}

/// What the person pictured sees.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AskedConsent")]
pub(super) struct View {
    pub(super) state: State,
    /// Who asks: the name of the account.
    pub(super) asked_by: String,
    /// Where: the deployment.
    #[schemars(url)]
    pub(super) deployment: String,
    /// What the character is called.
    pub(super) character: String,
    /// What the photos are for.
    pub(super) purpose: &'static str,
    /// The photos, while it is asked; each link is good for two hours.
    pub(super) photos: Vec<String>,
    /// Until when it can be agreed to; only while it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub(super) until: Option<String>,
    /// When it was agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub(super) confirmed_at: Option<String>,
}

impl View {
    pub(super) fn of<P: Ports>(ports: &P, account: &Account, character: &Character) -> Result<Self, Error> {
        let (state, now, config) = (state(character), ports.now(), ports.config());
        let photos = character.photos.iter().enumerate().filter(|_| state == State::Awaiting);
        let photos = photos.map(|(n, photo)| links::photo(config, character, n, photo.format, now));
        let consent = character.consent.as_ref();
        Ok(Self {
            state,
            asked_by: account.name.clone(),
            deployment: config.public_url.clone(),
            character: character.name.clone(),
            purpose: PURPOSE,
            photos: photos.collect::<Result<_, _>>()?,
            until: (state == State::Awaiting).then(|| character.answer_due().to_string()),
            confirmed_at: consent.and_then(|consent| consent.confirmed_at).map(|at| at.to_string()),
        })
    }
}

pub(super) fn state(character: &Character) -> State {
    use domain::SuspensionReason::{Takedown, Withdrawn};
    match (character.suspended.map(|known| known.reason), &character.state) {
        (Some(Withdrawn), _) => State::Withdrawn,
        (_, CharacterState::Deleted { .. }) => State::Deleted,
        (Some(Takedown), CharacterState::AwaitingConsent) => State::Suspended,
        (None, CharacterState::AwaitingConsent) => State::Awaiting,
        _ if character.is_confirmed() => State::Confirmed,
        _ => State::Refused,
    }
}
