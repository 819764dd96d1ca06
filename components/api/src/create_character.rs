//! `POST /api/v1/characters/create`: photos in, a training begun, 500 credits held.
//!
//! Everything that can be refused is refused before a photo is fetched; everything about the photos before a credit is held.

use std::time::Duration;

use domain::limits::{NAME_CHARS_MAX, PHOTO_URL_BYTES_MAX, PHOTOS_MAX, PHOTOS_MIN, PRINTABLE};
use domain::{
    Character, CharacterId, CharacterState, Failure, FailureCode, Operation, Task, TaskId, TaskState, TriggerWord,
    Warning, Work, price,
};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::keys;
use url::Url;

use crate::auth::Customer;
use crate::submit::{self, Order};
use crate::uploads::{self, Upload};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, address, auth, deliveries, funds, idempotency, photos, reconcile};

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateCharacter")]
pub struct Create {
    /// 10 to 30 public HTTP(S) URLs of JPEG, PNG or WebP photos, at most 10 MB each.
    #[schemars(required, length(min = PHOTOS_MIN, max = PHOTOS_MAX), inner(url, length(max = PHOTO_URL_BYTES_MAX)))]
    pub image_urls: Option<Vec<String>>,
    /// Display name: 1 to 100 printable characters. `Character` unless told.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    pub name: Option<String>,
    /// The rare word that calls the character up in a prompt: 3 to 32 letters, digits or `_`. Made up like `CHAR1N2K3M4` unless told.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_]{3,32}$"))]
    pub trigger_word: Option<String>,
    /// Where to tell of the training's end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    pub webhook_url: Option<String>,
}

/// What the caller gets: the character, in training.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreatedCharacter")]
pub struct Created {
    character_id: CharacterId,
    name: String,
    trigger_word: TriggerWord,
    /// `training`.
    status: &'static str,
    /// How many photos it is trained on.
    image_count: usize,
    /// What was held for the training; given back if it fails.
    credits_used: u64,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// Photos that were accepted and that its owner may want to change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let run = async |customer| create(ports, &request, &customer).await;
    auth::serve(ports, &request, "POST", run).await
}

/// What a caller sends, checked.
struct Wanted {
    urls: Vec<Url>,
    name: String,
    trigger_word: Option<TriggerWord>,
    webhook_url: Option<String>,
}

async fn create<P: Ports>(ports: &P, request: &Request, customer: &Customer) -> Result<Response, Error> {
    let wanted = validate(ports, request.json()?)?;
    let resume = async |training| resume(ports, customer, &training).await;
    let run = async |operation| run(ports, customer, wanted, operation).await;
    idempotency::once(ports, customer, request, resume, run).await
}

async fn run<P: Ports>(
    ports: &P,
    customer: &Customer,
    wanted: Wanted,
    operation: Option<Operation>,
) -> Result<Response, Error> {
    let account = customer.account.clone();
    funds::check_available(ports, &account, price::TRAINING).await?;
    let (id, key) = keys::new_character(&account, ports.random());
    let (training, task_key) = keys::new_task(&account, ports.random());
    let (owner, at) = (account.clone(), ports.now());
    uploads::begin(ports, &Upload::Photos { account: owner, character: id.clone(), training: training.clone(), at })
        .await?;
    let (photos, warnings) = photos::collect(ports, &account, &id, &wanted.urls).await?;
    let character = Character {
        id,
        account,
        name: wanted.name,
        trigger_word: wanted.trigger_word.unwrap_or_else(|| TriggerWord::from_random(ports.random())),
        created_at: ports.now(),
        photos,
        warnings,
        training,
        state: CharacterState::Training,
    };
    // Listed first: one that is there and not listed nobody would find.
    let n = ports.store().next(keys::characters(&character.account)).await?;
    ports.store().write(&keys::listed(&character.account, n), &character.id).await?;
    ports.store().create(&key, character.clone()).await?;
    let task = task(&character, ports.config().training_deadline, wanted.webhook_url);
    let order = Order { task, key: task_key, character: Some(&character), customer, operation };
    if let Err(error) = train(ports, &character, order).await {
        if error.code.refuses_the_hold() {
            ports.store().discard(key.document()).await?;
        }
        return Err(error);
    }
    Ok(Response::success(StatusCode::OK, Created::from(character)))
}

/// Answers for a character that an earlier request began.
async fn resume<P: Ports>(ports: &P, customer: &Customer, training: &TaskId) -> Result<Response, Error> {
    let gone = || Error::internal(format!("{training} was held for and is not there"));
    let task = ports.store().load(&keys::task(&customer.account, training)).await?.ok_or_else(gone)?;
    let task = reconcile::refresh(ports, task, Duration::ZERO).await?;
    match task.state {
        TaskState::Pending => Err(idempotency::in_progress()),
        TaskState::Failed { error } if error.code == FailureCode::TrainingSubmitFailed => Err(refused(error)),
        _ => {
            let id = task.work.character().ok_or_else(gone)?;
            let character = ports.store().load(&keys::character(&customer.account, id)).await?;
            Ok(Response::success(StatusCode::OK, Created::from(character.ok_or_else(gone)?)))
        }
    }
}

impl From<Character> for Created {
    fn from(character: Character) -> Self {
        Self {
            image_count: character.photos.len(),
            character_id: character.id,
            name: character.name,
            trigger_word: character.trigger_word,
            status: CharacterState::Training.as_str(),
            credits_used: price::TRAINING.amount(),
            created_at: character.created_at.to_string(),
            warnings: character.warnings,
        }
    }
}

/// Begins a character's training. Where it is refused, nobody will ever hear of the character, and none of its photos is kept.
async fn train<P: Ports>(ports: &P, character: &Character, order: Order<'_>) -> Result<(), Error> {
    let refused = match submit::begin(ports, order).await.map(|begun| begun.task.state) {
        // One that was taken and has failed already is the character's to tell.
        Ok(TaskState::Failed { error }) if error.code == FailureCode::TrainingSubmitFailed => refused(error),
        Ok(_) => return Ok(()),
        Err(error) if error.code.refuses_the_hold() => error,
        Err(error) => return Err(error),
    };
    photos::discard(ports, &character.account, &character.id, 0..character.photos.len()).await;
    Err(refused)
}

fn refused(failure: Failure) -> Error {
    Error::new(Code::TrainingSubmitFailed, failure.message)
}

fn task(character: &Character, patience: Duration, webhook_url: Option<String>) -> Task {
    let Character { id, account, training, created_at, .. } = character;
    let work = Work::Training { character: id.clone() };
    let deadline = created_at.plus(patience);
    Task::new(training.clone(), account.clone(), work, price::TRAINING, *created_at, deadline, webhook_url)
}

fn validate<P: Ports>(ports: &P, wanted: Create) -> Result<Wanted, Error> {
    let urls = image_urls(&wanted.image_urls.unwrap_or_default())?;
    let name = wanted.name.map_or_else(|| Ok("Character".to_owned()), checked_name)?;
    let trigger_word = wanted.trigger_word.as_deref().map(trigger_word).transpose()?;
    Ok(Wanted { urls, name, trigger_word, webhook_url: deliveries::checked_url(ports, wanted.webhook_url)? })
}

fn image_urls(texts: &[String]) -> Result<Vec<Url>, Error> {
    let count = texts.len();
    if count < PHOTOS_MIN {
        return Err(Error::new(
            Code::TooFewImages,
            format!("At least {PHOTOS_MIN} image URLs are needed; there are {count}"),
        ));
    }
    if count > PHOTOS_MAX {
        return Err(Error::new(
            Code::TooManyImages,
            format!("At most {PHOTOS_MAX} image URLs are taken; there are {count}"),
        ));
    }
    let parse = |text: &str| address::parse(text).filter(|_| text.len() <= PHOTO_URL_BYTES_MAX);
    let parsed: Vec<Option<Url>> = texts.iter().map(|text| parse(text)).collect();
    let bad: Vec<String> =
        parsed.iter().enumerate().filter(|(_, url)| url.is_none()).map(|(n, _)| (n + 1).to_string()).collect();
    if bad.is_empty() {
        return Ok(parsed.into_iter().flatten().collect());
    }
    let message = format!("Not a valid HTTP(S) URL of at most {PHOTO_URL_BYTES_MAX} bytes: image {}", bad.join(", "));
    Err(Error::new(Code::InvalidImageUrl, message))
}

/// Checks a display name.
pub(crate) fn checked_name(name: String) -> Result<String, Error> {
    let characters = name.chars().count();
    if name.trim().is_empty() || characters > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("`name`: has to be 1 to {NAME_CHARS_MAX} printable characters");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(name)
}

fn trigger_word(word: &str) -> Result<TriggerWord, Error> {
    TriggerWord::parse(word).ok_or_else(|| {
        Error::new(
            Code::InvalidTriggerWord,
            "`trigger_word` has to be 3 to 32 letters, digits or underscores; leave it out to have one made",
        )
    })
}
