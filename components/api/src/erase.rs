//! Deleting a character: everything there is of a person, in the order in which each may go.
//!
//! The character goes first, so that nothing new begins with it; what is under way is taken back; then the model at its provider, our copy of
//! its weights, the photos, and every picture with the prompt it was made from. What it cost stays in the ledger. Every step can be done
//! again, and a deletion that was cut off goes on where it was: it is over once the character has no name any more.
//!
//! Who is beside it looks for the deletion after each step that it could have missed ([`is_deleted`]): after a hold, before a provider is
//! asked; and after a copy. Either the deletion finds what was done, or whoever did it finds the deletion.

use std::time::Duration;

use domain::bug::{self, Bug};
use domain::{Character, CharacterState, Model, Task, TaskState, Timestamp, TriggerWord, Work};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Decision, keys};

use crate::history::{self, Range};
use crate::wire::Response;
use crate::{Error, Ports, blobs, expiry, funds, gpu, tasks};

/// Longest time for one request: below the limit of the platforms. The next one goes on.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Tasks that are looked at before the time is looked at.
const TASKS_AT_ONCE: usize = 20;

/// What became of a character.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletedCharacter")]
pub(crate) struct Deleted {
    character_id: domain::CharacterId,
    /// Whether all is gone that can be deleted from here. Otherwise the request is to be sent again.
    deleted: bool,
    /// What became of each thing there was.
    objects: Vec<Object>,
}

/// What became of one thing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletedObject")]
struct Object {
    #[schemars(extend("enum" = ["character", "running_tasks", "provider_model", "provider_inputs", "weights", "photos", "results"]))]
    object: &'static str,
    /// `none`: there was none, or it was deleted before.
    #[schemars(extend("enum" = ["deleted", "none", "remains"]))]
    outcome: &'static str,
    /// How many there were, where there can be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    /// Why it remains, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether a repetition could delete it.
    #[serde(skip)]
    again: bool,
}

/// Deletes a character, as far as it goes now.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub(crate) async fn erase<P: Ports>(ports: &P, character: Character) -> Result<Response, Error> {
    let give_up_at = ports.now().plus(TIME_MAX);
    let character = mark(ports, &character).await?;
    let canceled = cancel(ports, &character).await?;
    let model = model(ports, &character).await?;
    let mut objects = vec![
        Object { object: "character", outcome: "deleted", count: None, reason: None, again: false },
        counted("running_tasks", canceled),
        provider_model(ports, model.as_ref()).await,
        provider_inputs(model.as_ref()),
        weights(ports, &character, model.as_ref()).await?,
        photos(ports, &character).await?,
    ];
    let (results, all) = results(ports, &character, give_up_at).await?;
    objects.push(results);
    let deleted = !objects.iter().any(|object| object.again);
    if all {
        forget(ports, &character).await?;
    }
    let answer = Deleted { character_id: character.id, deleted, objects };
    Ok(Response::success(StatusCode::OK, answer))
}

fn counted(object: &'static str, count: usize) -> Object {
    Object {
        object,
        outcome: if count == 0 { "none" } else { "deleted" },
        count: Some(count),
        reason: None,
        again: false,
    }
}

/// Makes sure that nobody finds the character any more.
async fn mark<P: Ports>(ports: &P, character: &Character) -> Result<Character, Error> {
    let now = ports.now();
    let key = keys::character(&character.account, &character.id);
    let update = ports.store().update(&key, |current: &Character| {
        if current.is_deleted() {
            return Decision::Keep(current.clone());
        }
        let gone = Character { state: CharacterState::Deleted { at: now }, ..current.clone() };
        Decision::Write(gone.clone(), gone)
    });
    Ok(update.await?)
}

/// Takes back every task of the character that runs; says how many.
async fn cancel<P: Ports>(ports: &P, character: &Character) -> Result<usize, Error> {
    let mut canceled = 0_usize;
    if bug::on(Bug::DeleteAndLetRun) {
        return Ok(canceled);
    }
    for id in funds::load(ports, &character.account).await?.holds.keys() {
        let task = ports.store().load(&keys::task(&character.account, id)).await?;
        if let Some(task) = task.filter(|task| task.work.character() == Some(&character.id))
            && tasks::cancel(ports, task).await?.state == TaskState::Canceled
        {
            canceled = canceled.saturating_add(1);
        }
    }
    Ok(canceled)
}

/// The model that was trained: the training knows it, also where the character was deleted before it could.
async fn model<P: Ports>(ports: &P, character: &Character) -> Result<Option<Model>, Error> {
    let training = ports.store().load(&keys::task(&character.account, &character.training)).await?;
    Ok(training.and_then(|task| match task.state {
        TaskState::Trained { model } => Some(model),
        _ => None,
    }))
}

async fn provider_model<P: Ports>(ports: &P, model: Option<&Model>) -> Object {
    let object = |outcome| Object { object: "provider_model", outcome, count: None, reason: None, again: false };
    let Some(model) = model else { return object("none") };
    let outcome = match gpu::configured(ports.config(), model.provider) {
        Ok(provider) => gpu::converse(ports, provider.delete_model(&model.name)).await.map_err(|trouble| trouble.error),
        Err(_) => Err(provider::Error::Unauthorized),
    };
    let name = model.provider;
    match outcome {
        Ok(()) | Err(provider::Error::NotFound) => object("deleted"),
        Err(provider::Error::NotOffered) => {
            let reason = format!("{name} lets nobody delete a trained model; its files expire there by themselves");
            Object { reason: Some(reason), ..object("remains") }
        }
        Err(error) => {
            ports.log(&format!("the model {} stays at {name}: {error}", model.name));
            let reason = Some(format!("{name} did not delete it now; send this request again"));
            Object { reason, again: true, ..object("remains") }
        }
    }
}

/// No provider lets inputs be deleted one by one.
fn provider_inputs(model: Option<&Model>) -> Object {
    let reason = model.map(|model| {
        format!("{} fetched the photos for the training, and removes them with the job by itself", model.provider)
    });
    let outcome = if reason.is_some() { "remains" } else { "none" };
    Object { object: "provider_inputs", outcome, count: None, reason, again: false }
}

async fn weights<P: Ports>(ports: &P, character: &Character, model: Option<&Model>) -> Result<Object, Error> {
    blobs::remove(ports, &keys::weights(&character.account, &character.id)).await?;
    let outcome = if model.is_some() { "deleted" } else { "none" };
    Ok(Object { object: "weights", outcome, count: None, reason: None, again: false })
}

async fn photos<P: Ports>(ports: &P, character: &Character) -> Result<Object, Error> {
    for n in 0..character.photos.len() {
        blobs::remove(ports, &keys::photo(&character.account, &character.id, n)).await?;
    }
    Ok(counted("photos", character.photos.len()))
}

/// Removes every picture of the character, and what was asked for them; whether that was all.
async fn results<P: Ports>(ports: &P, character: &Character, give_up_at: Timestamp) -> Result<(Object, bool), Error> {
    let account = funds::document(ports, &character.account).await?;
    let of_it = |task: &Task| task.erased_at.is_none() && task.work.character() == Some(&character.id);
    let (mut removed, mut before) = (0_usize, u64::MAX);
    loop {
        let page = history::tasks(ports, &account, Range { limit: TASKS_AT_ONCE, before }, of_it).await?;
        for task in &page.items {
            removed = removed.saturating_add(remove(ports, task).await?);
        }
        let Some(next) = page.next else { return Ok((counted("results", removed), true)) };
        if ports.now() >= give_up_at {
            let reason = Some("There are more than one request has time for; send it again".to_owned());
            return Ok((
                Object { object: "results", outcome: "remains", count: Some(removed), reason, again: true },
                false,
            ));
        }
        before = next;
    }
}

/// Whether the character that a task is about was deleted.
///
/// # Errors
/// What the store answers.
pub(crate) async fn is_deleted<P: Ports>(ports: &P, task: &Task) -> Result<bool, Error> {
    let Some(id) = task.work.character() else { return Ok(false) };
    let character = ports.store().load(&keys::character(&task.account, id)).await?;
    Ok(character.is_some_and(|character| character.is_deleted()))
}

/// Removes what a task made and, once it has ended, what it was asked; says how many files there were.
///
/// # Errors
/// What the store or the bucket answers; a repetition removes what is left.
pub(crate) async fn remove<P: Ports>(ports: &P, task: &Task) -> Result<usize, Error> {
    for n in 0..expiry::files_max(&task.work) {
        blobs::remove(ports, &keys::result(&task.account, &task.id, n)).await?;
    }
    let (key, now) = (keys::task(&task.account, &task.id), ports.now());
    let update = ports.store().update(&key, |current: &Task| match current.erased(now) {
        Some(erased) => Decision::Write(erased, ()),
        None => Decision::Keep(()),
    });
    update.await?;
    Ok(match (&task.state, &task.work) {
        (TaskState::Delivered { files, .. }, Work::Generation(_)) => files.len(),
        _ => 0,
    })
}

/// Leaves nothing of the person in the character's document.
async fn forget<P: Ports>(ports: &P, character: &Character) -> Result<(), Error> {
    let key = keys::character(&character.account, &character.id);
    let nobody = TriggerWord::from_random([0; 7]);
    let update = ports.store().update(&key, |current: &Character| {
        let nothing = Character {
            name: String::new(),
            trigger_word: nobody.clone(),
            photos: Vec::new(),
            warnings: Vec::new(),
            ..current.clone()
        };
        if *current == nothing { Decision::Keep(()) } else { Decision::Write(nothing, ()) }
    });
    Ok(update.await?)
}
