//! What a training is asked for with, and what its caller is told, whether its character is new or not.

use std::ops::RangeInclusive;
use std::time::Duration;

use catalogue::{TrainingOptions, TrainingQuote};
use domain::limits::{CAPTION_CHARS_MAX, PHOTO_URL_BYTES_MAX};
use domain::{
    Base, Character, CharacterId, CharacterState, Failure, FailureCode, Task, TaskId, TaskState, TriggerWord, Warning,
    Work,
};
use lifecycle::{Ports, refresh, trainers};
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;
use url::Url;

use super::consent;
use crate::auth::Customer;
use crate::{Code, Error, checks, error};

/// What the caller gets: the character, in training.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreatedCharacter")]
pub(crate) struct Created {
    character_id: CharacterId,
    name: String,
    trigger_word: TriggerWord,
    /// `training`, or `ready` where nothing is trained; `awaiting_consent` where nothing begins before the person pictured agrees.
    #[schemars(extend("enum" = ["awaiting_consent", "training", "ready"]))]
    status: &'static str,
    /// How many photos it has.
    image_count: usize,
    /// What was held for the training, and is given back if it fails; or what was charged where nothing is trained.
    credits_used: u64,
    /// Where the person pictured is asked: their link among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<consent::View>,
    /// The task to follow, where it is trained and ready meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    /// What it is trained on, where that is not `flux-1`.
    #[serde(skip_serializing_if = "Base::is_default")]
    base: Base,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// Photos that were accepted and that its owner may want to change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

impl Created {
    pub(super) fn new(character: Character, training: &Task) -> Self {
        let base = match &training.work {
            Work::Training(training) => training.base.clone(),
            Work::Reference { .. } | Work::Generation(_) | Work::Run(_) => Base::default(),
        };
        let is_kept = training.state == TaskState::Referenced;
        let state = if is_kept { CharacterState::Referenced } else { CharacterState::Training };
        Self {
            base,
            status: state.as_str(),
            image_count: character.photos.len(),
            character_id: character.id,
            name: character.name,
            trigger_word: character.trigger_word,
            credits_used: training.cost.amount(),
            consent: None,
            task_id: None,
            created_at: character.created_at.to_string(),
            warnings: character.warnings,
        }
    }

    /// The same of a character whose person is asked: nothing is held.
    pub(super) fn awaiting(character: Character, base: Base, consent: Option<consent::View>) -> Self {
        Self {
            base,
            status: character.state.as_str(),
            image_count: character.photos.len(),
            character_id: character.id,
            name: character.name,
            trigger_word: character.trigger_word,
            credits_used: 0,
            consent,
            task_id: None,
            created_at: character.created_at.to_string(),
            warnings: character.warnings,
        }
    }

    /// The same of a character that has its pictures meanwhile.
    pub(super) fn later(character: Character, training: &Task) -> Self {
        let status = CharacterState::Referenced.as_str();
        Self { status, task_id: Some(training.id.clone()), ..Self::new(character, training) }
    }
}

/// The character and the task of a training that an earlier request began.
///
/// # Errors
/// It is under way still, or no provider took it; and what the store answers.
pub(super) async fn begun<P: Ports>(
    ports: &P,
    customer: &Customer,
    training: &TaskId,
) -> Result<(Character, Task), Error> {
    let gone = || Error::internal(format!("{training} was held for and is not there"));
    let task = ports.store().load(&keys::task(&customer.account, training)).await?.ok_or_else(gone)?;
    let task = refresh::refresh(ports, task, Duration::ZERO).await?;
    match task.state {
        TaskState::Pending => Err(error::in_progress()),
        TaskState::Failed { error } if error.code == FailureCode::TrainingSubmitFailed => Err(refused(error)),
        _ => {
            let id = task.work.character().ok_or_else(gone)?;
            let character = ports.store().load(&keys::character(&customer.account, id)).await?.ok_or_else(gone)?;
            Ok((character, task))
        }
    }
}

pub(super) fn refused(failure: Failure) -> Error {
    Error::new(Code::TrainingSubmitFailed, failure.message)
}

/// What a training comes to here, and what it costs.
pub(super) async fn quote<P: Ports>(ports: &P, base: &Base, options: TrainingOptions) -> Result<TrainingQuote, Error> {
    let all = trainers::all(ports).await?;
    let quoted = trainers::asked(&all, ports.config()).quote(base, options);
    quoted.map_err(|reason| Error::new(Code::InvalidRequest, reason))
}

/// How it is to be trained, checked as far as that needs no trainer.
pub(super) fn options(
    steps: Option<u32>,
    rank: Option<u32>,
    caption: Option<String>,
) -> Result<TrainingOptions, Error> {
    let caption = caption.map(|text| checks::printable("caption", text, CAPTION_CHARS_MAX)).transpose()?;
    Ok(TrainingOptions { steps, rank, caption })
}

pub(super) fn base(text: String) -> Result<Base, Error> {
    Base::try_from(text).map_err(|invalid| Error::new(Code::InvalidRequest, format!("`base`: {invalid}")))
}

pub(super) fn image_urls(texts: &[String], counts: &RangeInclusive<usize>) -> Result<Vec<Url>, Error> {
    let (count, least, most) = (texts.len(), counts.start(), counts.end());
    if count < *least {
        return Err(Error::new(
            Code::TooFewImages,
            format!("At least {least} image URLs are needed; there are {count}"),
        ));
    }
    if count > *most {
        return Err(Error::new(Code::TooManyImages, format!("At most {most} image URLs are taken; there are {count}")));
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
