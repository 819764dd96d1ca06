//! Our own copies of what was trained, so that a character trained at one provider can be pictured at another.
//!
//! The sweep makes them, along the entries that settled trainings: it has the time that a callback has not. Copied is what others could use,
//! which needs more than one provider; and what would be gone soon, which is what all but Replicate train: no other keeps it for good. What a container trained is of no
//! use without: its copy is made before the training counts as done.
//! Providers pull them from us, behind a signed, expiring link.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    Account, BlobLocation, Character, CharacterState, Entry, Model, ProviderName, Task, TaskState, Training, Weights,
    Work,
};
use http::Response as Answer;
use http::header::{ACCEPT, CONTENT_LENGTH, USER_AGENT};
use provider::{Provider, registry};
use store::{BlobKey, Decision, keys};
use url::Url;
use weights::Download;

use crate::download::DownloadError;
use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Config, Error, Ports, blobs, history, jobs};

/// Longest time for one copy.
const COPY_TIME_MAX: Duration = Duration::from_mins(1);
/// How long after a training its weights are looked for.
const SOUGHT_FOR: Duration = Duration::from_hours(24);

impl From<weights::Error> for DownloadError {
    fn from(error: weights::Error) -> Self {
        match error {
            weights::Error::BrokenOff => Self::Transient(error.to_string()),
            _ => Self::Permanent(error.to_string()),
        }
    }
}

/// Copies the weights of the training that an entry settled, if it is one and they are of use.
///
/// # Errors
/// What kept it from being done now; it can be tried again.
pub async fn keep<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(task) = history::settled(ports, account, entry).await? else { return Ok(()) };
    let Work::Training(Training { character: id, .. }) = &task.work else { return Ok(()) };
    let TaskState::Trained { model } = &task.state else { return discard(ports, &task).await };
    let Some(source) = model.source.as_deref().filter(|_| is_of_use(ports.config(), model)) else { return Ok(()) };
    let key = keys::character(&account.id, id);
    let blob = keys::weights(&account.id, id);
    match ports.store().load(&key).await?.map(|character| character.state) {
        Some(CharacterState::Ready { model: Model { weights: None, .. } }) => {}
        // A copy that was cut off may have left some of it.
        Some(CharacterState::Deleted { .. }) => return Ok(blobs::remove(ports, &blob).await?),
        _ => return Ok(()),
    }
    let provider = jobs::configured(ports, model.provider)?;
    let weights = match fetch(ports, &*provider, source, &blob).await {
        Ok(weights) => weights,
        Err(DownloadError::Store(error)) => return Err(error.into()),
        Err(DownloadError::Transient(reason)) if ports.now().since(entry.at) < SOUGHT_FOR => {
            return Err(Error::NotYet {
                what: "The weights cannot be copied yet",
                cause: format!("{}: it {reason}", task.id),
            });
        }
        Err(DownloadError::Permanent(reason) | DownloadError::Transient(reason)) => {
            ports.log(&format!("the weights of {id} stay where they are: the download {reason}"));
            return Ok(blobs::remove(ports, &blob).await?);
        }
    };
    let update = ports.store().update(&key, |character: &Character| match &character.state {
        CharacterState::Ready { model } => {
            let model = Model { weights: Some(weights.clone()), ..model.clone() };
            Decision::Write(Character { state: CharacterState::Ready { model }, ..character.clone() }, true)
        }
        _ => Decision::Keep(false),
    });
    if !update.await? {
        // Deleted meanwhile, and this with it.
        blobs::remove(ports, &blob).await?;
    }
    Ok(())
}

/// Copies what was trained for a task that ends with the copy. Doing it twice writes the same bytes under the same key.
///
/// # Errors
/// Why it was not kept.
pub async fn bring<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    task: &Task,
    model: &Model,
) -> Result<Model, DownloadError> {
    let character = task.work.character();
    let (Some(source), Some(character)) = (&model.source, character) else {
        return Err(DownloadError::Permanent("is nowhere".to_owned()));
    };
    let weights = fetch(ports, provider, source, &keys::weights(&task.account, character)).await?;
    Ok(Model { weights: Some(weights), ..model.clone() })
}

/// Removes what was copied for a training that came to nothing, or whose character was deleted meanwhile.
///
/// # Errors
/// What the store or the bucket answers; a repetition removes what is left.
pub async fn discard<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    let (Work::Training(Training { character, .. }), Some(_)) = (&task.work, &task.trained) else { return Ok(()) };
    Ok(blobs::remove(ports, &keys::weights(&task.account, character)).await?)
}

async fn fetch<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    source: &str,
    key: &BlobKey,
) -> Result<Weights, DownloadError> {
    let copied = within(ports, COPY_TIME_MAX, copy(ports, provider, source, key)).await;
    copied.unwrap_or_else(|| Err(SendError::TimedOut.into()))
}

/// Whether copies can be of use to this deployment at all.
pub fn may_be_of_use(config: &Config) -> bool {
    !matches!(config.providers.as_slice(), [only] if keeps_for_good(*only))
}

fn is_of_use(config: &Config, model: &Model) -> bool {
    config.providers.len() > 1 || !keeps_for_good(model.provider)
}

fn keeps_for_good(name: ProviderName) -> bool {
    registry::models_kept(name) == Duration::MAX
}

async fn copy<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    source: &str,
    key: &BlobKey,
) -> Result<Weights, DownloadError> {
    let url = Url::parse(source).ok().filter(|url| provider.output_allowed(url.as_str()));
    let url = url.ok_or_else(|| DownloadError::Permanent("is not where the provider keeps them".to_owned()))?;
    let question = http::Request::get(url.as_str()).header(ACCEPT, "*/*").header(USER_AGENT, domain::USER_AGENT);
    let question = question
        .body(Vec::new())
        .map_err(|_| DownloadError::Permanent("is not at a URL that can be asked for".to_owned()))?;
    let answer = ports.send(question).await?;
    let mut download = Download::new(announced(&answer)?);
    let mut body = answer.into_body();
    while download.size_bytes().is_none() {
        match body.chunk().await? {
            Some(chunk) => download.push(&chunk)?,
            None => return Err(ended(download)),
        }
    }
    let size = download.size_bytes();
    let next = async || next(&mut download, &mut body).await;
    let location: BlobLocation = blobs::keep(ports, key, size, next).await?;
    Ok(Weights { sha256: download.finish()?, size_bytes: size.unwrap_or_default(), location })
}

/// The size of an answer that is a file, if it says so.
fn announced<B>(answer: &Answer<B>) -> Result<Option<u64>, DownloadError> {
    let status = answer.status();
    match status.as_u16() {
        200 => Ok(answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())),
        429 | 500.. => Err(DownloadError::Transient(format!("was answered with status {}", status.as_u16()))),
        _ => Err(DownloadError::Permanent(format!("was answered with status {}", status.as_u16()))),
    }
}

/// The next bytes of the weights; nothing after the last.
async fn next<B: Body>(download: &mut Download, body: &mut B) -> Result<Option<Bytes>, DownloadError> {
    loop {
        if let Some(bytes) = download.take() {
            return Ok(Some(bytes));
        }
        if download.is_complete() {
            return Ok(None);
        }
        match body.chunk().await? {
            Some(chunk) => download.push(&chunk)?,
            None => return Err(weights::Error::BrokenOff.into()),
        }
    }
}

fn ended(download: Download) -> DownloadError {
    download.finish().err().unwrap_or(weights::Error::NoWeights).into()
}
