//! Characters: persons, trained from 10 to 30 photos, and pictures of them.

mod consent;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod generate;
pub(crate) mod list;
pub(crate) mod receipt;
pub(crate) mod rename;
pub(crate) mod show;
mod strict;
mod suspended;
pub(crate) mod train;
mod training;

use domain::{AccountId, Base, Character, CharacterId, CharacterState, SuspensionReason, Task, TriggerWord};
use lifecycle::Ports;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::{Code, Error};

/// What a character can be.
pub(crate) const STATUSES: [&str; 4] = ["awaiting_consent", "training", "ready", "failed"];

/// A character as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Character")]
pub(crate) struct View {
    character_id: CharacterId,
    name: String,
    trigger_word: TriggerWord,
    /// `failed`: the credits were given back. `awaiting_consent`: nothing begins before the person pictured agrees, which only some deployments ask for.
    #[schemars(extend("enum" = STATUSES))]
    status: &'static str,
    /// How many photos it has.
    image_count: usize,
    /// `reference`, where nothing was trained and every picture goes by its photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// What it was trained on, where that is not `flux-1`. Only when it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    #[serde(flatten)]
    pub(crate) outlook: Option<Outlook>,
    /// What was said of the person's consent, where something was. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<consent::View>,
    /// Since when nothing is made with it and no picture of it is handed out, and why; only where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<suspended::View>,
    /// Why the training failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ViewError>,
}

/// What can be told of a training that goes on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Outlook {
    /// How much of it is done, 0 to 1, as far as the provider says. Only while it trains.
    #[schemars(range(min = 0, max = 1))]
    progress: f64,
    /// When it will probably be ready; null when nobody can tell. Only while it trains.
    #[schemars(extend("format" = "date-time"))]
    estimated_ready_at: Option<String>,
}

/// Why a training failed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CharacterError")]
struct ViewError {
    /// For programs.
    code: &'static str,
    /// For people.
    message: String,
}

impl Outlook {
    /// How far a training is, and when it will be ready.
    pub(crate) async fn of<P: Ports>(ports: &P, training: &Task) -> Result<Self, Error> {
        let past = ports.store().read(&keys::durations()).await?.unwrap_or_default();
        let ready_at = domain::ready_at(training.created_at, training.progress_percent, &past, ports.now());
        Ok(Self {
            progress: f64::from(training.progress_percent) / 100.0,
            estimated_ready_at: ready_at.map(|at| at.to_string()),
        })
    }
}

pub(crate) fn not_found() -> Error {
    Error::new(Code::NotFound, "Character not found")
}

/// Finds an account's character; another account's is not found, nor is one that was deleted.
pub(crate) async fn owned<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: Option<CharacterId>,
) -> Result<Character, Error> {
    let character = stored(ports, account, id).await?;
    if !character.is_deleted() {
        return Ok(character);
    }
    // Of one whose person took the consent back, that much is told.
    suspended::refuse(character.suspended.filter(|known| known.reason == SuspensionReason::Withdrawn))?;
    Err(not_found())
}

/// Finds an account's character, also one that was deleted.
pub(crate) async fn stored<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: Option<CharacterId>,
) -> Result<Character, Error> {
    let id = id.ok_or_else(not_found)?;
    ports.store().load(&keys::character(account, &id)).await?.ok_or_else(not_found)
}

impl From<Character> for View {
    fn from(character: Character) -> Self {
        let status = character.state.as_str();
        let mode = (character.state == CharacterState::Referenced).then_some("reference");
        let (base, error) = match character.state {
            CharacterState::Failed { error } => {
                (None, Some(ViewError { code: error.code.as_str(), message: error.message }))
            }
            CharacterState::Ready { model } => (Some(model.base).filter(|base| !base.is_default()), None),
            CharacterState::AwaitingConsent
            | CharacterState::Training
            | CharacterState::Referenced
            | CharacterState::Deleted { .. } => (None, None),
        };
        Self {
            character_id: character.id,
            name: character.name,
            trigger_word: character.trigger_word,
            status,
            image_count: character.photos.len(),
            created_at: character.created_at.to_string(),
            mode,
            base,
            outlook: None,
            consent: None,
            suspended: character.suspended.map(suspended::View::from),
            error,
        }
    }
}
