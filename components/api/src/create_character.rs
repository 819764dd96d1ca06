//! `POST /api/v1/characters/create`: photos in, a training begun, 500 credits held.
//!
//! Everything that can be refused is refused before a photo is fetched; everything about the photos before a credit is held.

use domain::limits::{NAME_CHARS_MAX, PHOTO_URL_BYTES_MAX, PHOTOS_MAX, PHOTOS_MIN, TRAINING_DEADLINE};
use domain::{Character, CharacterId, CharacterState, FailureCode, Task, TaskId, TaskState, TriggerWord, Work, price};
use http::StatusCode;
use provider::{Provider, Replicate, TrainingJob};
use serde::{Deserialize, Serialize};
use store::keys;
use url::Url;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, address, auth, funds, gpu, links, photos, submit};

/// What a caller sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// 10 to 30 public HTTP(S) URLs of JPEG, PNG or WebP photos, at most 10 MB each.
    #[serde(default)]
    pub image_urls: Option<Vec<String>>,
    /// Display name, up to 100 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// 3 to 32 letters, digits or `_`.
    #[serde(default)]
    pub trigger_word: Option<String>,
}

/// What the caller gets: the character, in training.
#[derive(Debug, Serialize)]
pub struct Created {
    character_id: CharacterId,
    name: String,
    trigger_word: TriggerWord,
    status: &'static str,
    image_count: usize,
    credits_used: u64,
    created_at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<photos::Warning>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    create(ports, &request).await.unwrap_or_else(Response::from)
}

async fn create<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    request.allow("POST")?;
    let account = auth::customer(ports, request).await?;
    let wanted: Create = request.json()?;
    let urls = image_urls(&wanted.image_urls.unwrap_or_default())?;
    let name = name(wanted.name)?;
    let trigger_word = trigger_word(ports, wanted.trigger_word.as_deref())?;
    funds::check_available(ports, &account, price::TRAINING).await?;

    let id = CharacterId::from_random(ports.random());
    let (photos, warnings) = photos::collect(ports, &account, &id, &urls).await?;
    let created_at = ports.now();
    let training = TaskId::from_random(ports.random());
    let state = CharacterState::Training;
    let character = Character { id, account, name, trigger_word, created_at, photos, training, state };
    train(ports, &character).await?;
    let created = Created {
        image_count: character.photos.len(),
        character_id: character.id,
        name: character.name,
        trigger_word: character.trigger_word,
        status: CharacterState::Training.as_str(),
        credits_used: price::TRAINING.amount(),
        created_at: created_at.to_string(),
        warnings,
    };
    Ok(Response::success(StatusCode::OK, created))
}

/// Writes the character down and begins its training.
async fn train<P: Ports>(ports: &P, character: &Character) -> Result<(), Error> {
    let key = keys::character(&character.account, &character.id);
    ports.store().create(&key, character.clone()).await?;
    let dataset_url = links::dataset(ports.config(), character, ports.now())?;
    let trigger_word = character.trigger_word.as_str().to_owned();
    let provider = gpu::configured(ports.config())?;
    let submission = |provider: &Replicate, callback_url| {
        provider.start_training(&TrainingJob { dataset_url, trigger_word, callback_url })
    };
    let refused = match submit::begin(ports, &provider, task(character), submission).await {
        // One that was taken and has failed already is the character's to tell.
        Ok(Task { state: TaskState::Failed { error }, .. }) if error.code == FailureCode::TrainingSubmitFailed => {
            Error::new(Code::TrainingSubmitFailed, error.message)
        }
        Ok(_) => return Ok(()),
        Err(error) if error.code == Code::InsufficientCredits => {
            ports.store().discard(&key).await?;
            error
        }
        Err(error) => return Err(error),
    };
    // Nobody will ever hear of this character, and nothing is to be kept of it.
    let sizes = character.photos.iter().map(|photo| photo.size_bytes).enumerate();
    photos::discard(ports, &character.account, &character.id, sizes).await;
    Err(refused)
}

fn task(character: &Character) -> Task {
    Task {
        id: character.training.clone(),
        account: character.account.clone(),
        character: character.id.clone(),
        work: Work::Training,
        cost: price::TRAINING,
        provider: gpu::REPLICATE.to_owned(),
        job: None,
        state: TaskState::Pending,
        created_at: character.created_at,
        heard_at: character.created_at,
        deadline: character.created_at.plus(TRAINING_DEADLINE),
    }
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

fn name(name: Option<String>) -> Result<String, Error> {
    let Some(name) = name else { return Ok("Character".to_owned()) };
    let characters = name.chars().count();
    if name.trim().is_empty() || characters > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message =
            format!("`name`: has to be 1 to {NAME_CHARS_MAX} printable characters; leave it out for the default");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(name)
}

fn trigger_word<P: Ports>(ports: &P, word: Option<&str>) -> Result<TriggerWord, Error> {
    let Some(word) = word else { return Ok(TriggerWord::from_random(ports.random())) };
    TriggerWord::parse(word).ok_or_else(|| {
        Error::new(
            Code::InvalidTriggerWord,
            "`trigger_word` has to be 3 to 32 letters, digits or underscores; leave it out to have one made",
        )
    })
}
