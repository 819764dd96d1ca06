//! `/api/v1/characters/:id`: a character and how far its training is (`GET`), its name (`PATCH`), its end (`DELETE`).
//!
//! A training that was not heard of for 20 seconds is asked about at the provider, so that a lost callback only delays.

use domain::limits::{NAME_CHARS_MAX, PRINTABLE};
use domain::{AccountId, Character, CharacterId, CharacterState, Task, TriggerWord};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Decision, keys};

use crate::auth::Customer;
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, create_character, erase, reconcile};

/// A character as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Character")]
pub struct View {
    character_id: CharacterId,
    name: String,
    trigger_word: TriggerWord,
    /// `failed`: the credits were given back.
    #[schemars(extend("enum" = crate::characters::STATUSES))]
    status: &'static str,
    /// How many photos it is trained on.
    image_count: usize,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[serde(flatten)]
    outlook: Option<Outlook>,
    /// Why the training failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ViewError>,
}

/// What can be told of a training that goes on.
#[derive(Debug, Serialize, JsonSchema)]
struct Outlook {
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

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let run = async |customer: Customer| match request.method {
        Method::DELETE => erase::erase(ports, stored(ports, &customer.account, request.segment(3)).await?).await,
        Method::PATCH => rename(ports, &request, &customer.account).await,
        _ => show(ports, &request, &customer.account).await,
    };
    auth::serve(ports, &request, "GET, PATCH, DELETE", run).await
}

async fn show<P: Ports>(ports: &P, request: &Request, account: &AccountId) -> Result<Response, Error> {
    let mut character = owned(ports, account, request.segment(3)).await?;
    // Also where the training has ended: whoever is told so finds it settled.
    let mut training = ports.store().load(&keys::task(account, &character.training)).await?;
    if let Some(task) = training.take() {
        training = Some(reconcile::refresh(ports, task, reconcile::STALE_AFTER).await?);
        if character.state == CharacterState::Training {
            character = owned(ports, account, character.id.as_str()).await?;
        }
    }
    let outlook = match training {
        Some(task) if character.state == CharacterState::Training => Some(outlook(ports, &task).await?),
        _ => None,
    };
    Ok(Response::success(StatusCode::OK, View { outlook, ..View::from(character) }))
}

/// How far a training is, and when it will be ready.
async fn outlook<P: Ports>(ports: &P, training: &Task) -> Result<Outlook, Error> {
    let past = ports.store().read(&keys::durations()).await?.unwrap_or_default();
    let ready_at = domain::ready_at(training.created_at, training.progress_percent, &past, ports.now());
    Ok(Outlook {
        progress: f64::from(training.progress_percent) / 100.0,
        estimated_ready_at: ready_at.map(|at| at.to_string()),
    })
}

/// What may be changed of a character.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RenameCharacter")]
pub struct Rename {
    /// Display name: 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    pub name: String,
}

async fn rename<P: Ports>(ports: &P, request: &Request, account: &AccountId) -> Result<Response, Error> {
    let Rename { name } = request.json()?;
    let name = create_character::checked_name(name)?;
    let character = owned(ports, account, request.segment(3)).await?;
    let key = keys::character(account, &character.id);
    let update = ports.store().update(&key, |current: &Character| {
        if current.is_deleted() {
            return Decision::Keep(None);
        }
        let renamed = Character { name: name.clone(), ..current.clone() };
        Decision::Write(renamed.clone(), Some(renamed))
    });
    let renamed = update.await?.ok_or_else(not_found)?;
    Ok(Response::success(StatusCode::OK, View::from(renamed)))
}

fn not_found() -> Error {
    Error::new(Code::NotFound, "Character not found")
}

/// Finds an account's character; another account's is not found, nor is one that was deleted.
pub(crate) async fn owned<P: Ports>(ports: &P, account: &AccountId, id: &str) -> Result<Character, Error> {
    let character = stored(ports, account, id).await?;
    if character.is_deleted() { Err(not_found()) } else { Ok(character) }
}

/// Finds an account's character, also one that was deleted.
async fn stored<P: Ports>(ports: &P, account: &AccountId, id: &str) -> Result<Character, Error> {
    let id: CharacterId = id.parse().map_err(|_| not_found())?;
    ports.store().load(&keys::character(account, &id)).await?.ok_or_else(not_found)
}

impl From<Character> for View {
    fn from(character: Character) -> Self {
        let status = character.state.as_str();
        let error = match character.state {
            CharacterState::Failed { error } => Some(ViewError { code: error.code.as_str(), message: error.message }),
            CharacterState::Training | CharacterState::Ready { .. } | CharacterState::Deleted { .. } => None,
        };
        Self {
            character_id: character.id,
            name: character.name,
            trigger_word: character.trigger_word,
            status,
            image_count: character.photos.len(),
            created_at: character.created_at.to_string(),
            outlook: None,
            error,
        }
    }
}
