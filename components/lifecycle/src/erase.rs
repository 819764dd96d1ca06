//! Deleting a character: everything there is of a person, in the order in which each may go.
//!
//! The character goes first, so that nothing new begins with it; what is under way is canceled; then the model at its provider, our copy of
//! its weights, the photos, and every picture with the prompt it was made from and the stored answer to its request. What it cost stays in the ledger. Every step can be done
//! again, and a deletion that was cut off goes on where it was: it is over once the character has no name any more. How far it came along the
//! account's ledger, from its end, is on record: the character is marked first, so what begins after that is of another.
//!
//! Who is beside it looks for the deletion after each step that it could have missed ([`remains::is_deleted`]): after a hold, before a provider is
//! asked; and after a copy. Either the deletion finds what was done, or whoever did it finds the deletion.

mod given;
mod jobs_left;
mod kept;
mod outcome;
pub mod task;

use std::time::Duration;

use domain::limits::PHOTOS_MAX;
use domain::{Character, CharacterId, CharacterState, Model, Task, TaskState, Timestamp, TriggerWord};
use store::{Decision, keys};

use crate::history::{self, Range};
use crate::{Error, Ports, blobs, cancel, funds, inputs, jobs, remains};
use jobs_left::JobsLeft;
use kept::Kept;
pub use outcome::{Object, Outcome};

/// Longest time for one request: below the limit of the platforms. The next one goes on.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Tasks that are looked at before the time is looked at.
const TASKS_AT_ONCE: usize = 20;

/// What became of a character.
#[derive(Debug)]
pub struct Report {
    /// The character.
    pub character: CharacterId,
    /// What became of each thing there was.
    pub objects: Vec<Object>,
}

/// What a character's tasks have at providers.
struct AtProviders {
    /// What is kept there of jobs that are over.
    kept: Kept,
    /// What may go on there.
    jobs: JobsLeft,
}

/// What was removed of a character's tasks.
#[derive(Default)]
struct Gone {
    /// Files that they made.
    results: usize,
    /// Tasks with what they were asked.
    prompts: usize,
    /// Stored answers to the requests that began them.
    answers: usize,
    /// Uploads that they were given.
    uploads: usize,
}

impl Gone {
    const fn objects(&self) -> [Object; 4] {
        [
            Object::counted("results", self.results),
            Object::counted("prompts", self.prompts),
            Object::counted("stored_answers", self.answers),
            Object::counted("uploads", self.uploads),
        ]
    }
}

impl Report {
    /// Whether all is gone that can be deleted from here. Otherwise it is to be done again.
    pub fn is_complete(&self) -> bool {
        !self.objects.iter().any(|object| object.outcome.again())
    }
}

/// Deletes a character, as far as it goes now.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn erase<P: Ports>(ports: &P, character: Character) -> Result<Report, Error> {
    let give_up_at = ports.now().plus(TIME_MAX);
    erase_until(ports, character, give_up_at).await
}

/// Deletes a character, until `give_up_at` or for at least one step.
pub(crate) async fn erase_until<P: Ports>(
    ports: &P,
    character: Character,
    give_up_at: Timestamp,
) -> Result<Report, Error> {
    let character = mark(ports, &character).await?;
    let canceled = cancel_all(ports, &character).await?;
    let training = ports.store().load(&keys::task(&character.account, character.last_training())).await?;
    let model = training.as_ref().and_then(model);
    let mut of_training = Kept::default();
    if let Some(training) = training.as_ref().filter(|training| training.state.is_terminal()) {
        of_training.remove(ports, training, give_up_at).await;
    }
    let mut at_providers = AtProviders { kept: Kept::default(), jobs: JobsLeft::of(ports, &character).await? };
    let of_model = vec![
        provider_model(ports, model.as_ref(), &of_training).await,
        provider_inputs(model.as_ref(), &of_training),
        weights(ports, &character, model.as_ref()).await?,
        photos(ports, &character).await?,
    ];
    let (of_tasks, all) = of_tasks(ports, &character, give_up_at, &mut at_providers).await?;
    let (of_jobs, jobs) = at_providers.jobs.outcome();
    let mut objects = vec![
        Object::one("character", Outcome::Deleted),
        Object::counted("running_tasks", canceled),
        Object { name: "provider_jobs", outcome: of_jobs, count: Some(jobs) },
    ];
    objects.extend(of_model);
    objects.extend(of_tasks);
    objects.push(Object::one("provider_results", at_providers.kept.outcome().unwrap_or(Outcome::None)));
    if all {
        forget(ports, &character).await?;
    }
    Ok(Report { character: character.id, objects })
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

/// Cancels every task of the character that runs; says how many.
pub(crate) async fn cancel_all<P: Ports>(ports: &P, character: &Character) -> Result<usize, Error> {
    let mut canceled = 0_usize;
    for id in funds::load(ports, &character.account).await?.holds.keys() {
        let task = ports.store().load(&keys::task(&character.account, id)).await?;
        if let Some(task) = task.filter(|task| task.work.character() == Some(&character.id))
            && cancel_one(ports, character, task).await?
        {
            canceled = canceled.saturating_add(1);
        }
    }
    Ok(canceled)
}

/// Cancels a task of the character; whether it was not over. It began just before the character was marked: the results are gone along from
/// the end of the ledger again, wherever they were.
async fn cancel_one<P: Ports>(ports: &P, character: &Character, task: Task) -> Result<bool, Error> {
    ports.store().remove(&keys::erasing(&character.account, &character.id)).await?;
    Ok(cancel::cancel(ports, task).await?.state == TaskState::Canceled)
}

/// The model that was trained: the training knows it, also where the character was deleted before it could.
fn model(training: &Task) -> Option<Model> {
    match &training.state {
        TaskState::Trained { model } => Some(model.clone()),
        _ => None,
    }
}

async fn provider_model<P: Ports>(ports: &P, model: Option<&Model>, of_training: &Kept) -> Object {
    let object = |outcome| Object::one("provider_model", outcome);
    let Some(model) = model else { return object(Outcome::None) };
    let outcome = match jobs::configured(ports, model.provider) {
        Ok(provider) => jobs::converse(ports, provider.delete_model(&model.name)).await.map_err(|failed| failed.error),
        Err(_) => Err(provider::Error::Unauthorized),
    };
    let name = model.provider;
    match outcome {
        Ok(()) | Err(provider::Error::NotFound) => object(Outcome::Deleted),
        Err(provider::Error::NotOffered) => {
            let reason = format!("{name} lets nobody delete a trained model; its files expire there by themselves");
            // It may be a file of its training.
            object(of_training.outcome().unwrap_or(Outcome::Remains { reason, again: false }))
        }
        Err(error) => {
            ports.log(&format!("the model {} stays at {name}: {error}", model.name));
            let reason = format!("{name} did not delete it now; send this request again");
            object(Outcome::Remains { reason, again: true })
        }
    }
}

/// Where they are not deleted with their job, a provider removes inputs by itself.
fn provider_inputs(model: Option<&Model>, of_training: &Kept) -> Object {
    let by_itself = || {
        model.map_or(Outcome::None, |model| Outcome::Remains {
            reason: format!(
                "{} fetched the photos for the training, and removes them with the job by itself",
                model.provider
            ),
            again: false,
        })
    };
    Object::one("provider_inputs", of_training.outcome().unwrap_or_else(by_itself))
}

async fn weights<P: Ports>(ports: &P, character: &Character, model: Option<&Model>) -> Result<Object, Error> {
    blobs::remove(ports, &keys::weights(&character.account, &character.id)).await?;
    let outcome = if model.is_some() { Outcome::Deleted } else { Outcome::None };
    Ok(Object::one("weights", outcome))
}

/// Removes the photos, the uploads that they were copied from, and what was to begin with them.
pub(crate) async fn photos<P: Ports>(ports: &P, character: &Character) -> Result<Object, Error> {
    // A training that was to add some, and came to nothing, may have left them behind those.
    let stored = if character.later_training.is_some() { PHOTOS_MAX } else { character.photos.len() };
    blobs::remove_photos(ports, &character.account, &character.id, 0..stored).await?;
    for upload in character.photos.iter().filter_map(|photo| photo.upload.as_ref()) {
        inputs::remove(ports, &character.account, upload).await?;
    }
    ports.store().remove(&keys::ordered::<()>(&character.account, &character.id)).await?;
    Ok(Object::counted("photos", character.photos.len()))
}

/// Removes every picture of the character, what was asked and given for them, and the stored answers to those requests. Says whether that was
/// all.
async fn of_tasks<P: Ports>(
    ports: &P,
    character: &Character,
    give_up_at: Timestamp,
    at_providers: &mut AtProviders,
) -> Result<([Object; 4], bool), Error> {
    let account = funds::document(ports, &character.account).await?;
    let of_it = |task: &Task| task.work.character() == Some(&character.id);
    let reached = keys::erasing(&character.account, &character.id);
    let (mut gone, mut before) = (Gone::default(), ports.store().read(&reached).await?.unwrap_or(u64::MAX));
    loop {
        let page = history::held(ports, &account, Range { limit: TASKS_AT_ONCE, before }, of_it).await?;
        for (entry, task) in &page.items {
            gone.answers = gone.answers.saturating_add(remains::answers(ports, &account.id, entry).await?);
            // Before what it was asked is removed: its job may be known by nothing else.
            at_providers.jobs.look(ports, task, give_up_at).await?;
            if task.state.is_terminal() && task.id != *character.last_training() {
                at_providers.kept.remove(ports, task, give_up_at).await;
            }
            if task.erased_at.is_none() {
                gone.uploads = gone.uploads.saturating_add(given::remove(ports, task).await?);
                gone.results = gone.results.saturating_add(remains::remove(ports, task).await?);
                gone.prompts = gone.prompts.saturating_add(usize::from(task.state.is_terminal()));
            }
        }
        let Some(next) = page.next else { return Ok((gone.objects(), true)) };
        ports.store().write(&reached, &next).await?;
        if ports.now() >= give_up_at {
            let reason = "There are more than one request has time for; send it again".to_owned();
            let [results, prompts, answers, uploads] = gone.objects();
            let results = Object { outcome: Outcome::Remains { reason, again: true }, ..results };
            return Ok(([results, prompts, answers, uploads], false));
        }
        before = next;
    }
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
            consent: None,
            ..current.clone()
        };
        if *current == nothing { Decision::Keep(()) } else { Decision::Write(nothing, ()) }
    });
    update.await?;
    Ok(ports.store().remove(&keys::erasing(&character.account, &character.id)).await?)
}

#[cfg(test)]
mod tests;
