//! The consent of the person pictured: asked for behind a link, answered, taken back.
//!
//! Until the person agrees there is a character with photos and nothing else: no task, no hold, and no provider knows of it. What is to begin
//! then is kept beside it ([`Ordered`]).
//!
//! | if we die after | then |
//! |---|---|
//! | putting on record that somebody is asked | there is no character yet; its photos go with their own record |
//! | putting an answer on record | nothing was done; the person can answer again |
//! | agreeing: the character is claimed for a training | the sweep claims it for another, an hour later, unless credits are held for this one |
//! | the hold | as with any training |
//! | refusing | the sweep removes the photos and tells the owner |
//! | taking it back: the character is suspended | the sweep goes on, until all is deleted |
//!
//! Each change of the character is a swap, so of several answers one counts, and a training begins once.

use std::time::Duration;

use domain::limits::CONSENT_WAIT_MAX;
use domain::{
    AccountId, Character, CharacterId, CharacterState, Consent, Credits, Failure, FailureCode, SuspensionReason, Task,
    TaskId, TaskState, Timestamp, Work,
};
use ledger::Rejection;
use serde::{Deserialize, Serialize};
use store::{UploadQueue, keys};

use crate::character::change;
use crate::submit::{self, Order};
use crate::uploads::{self, Found};
use crate::{Error, Ports, erase, funds, notify, settle, suspension};

/// How long after an answer nobody is at it any more: far longer than any request runs.
const ANSWERED_AFTER: Duration = Duration::from_hours(1);

/// What begins once the person agrees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ordered {
    /// What is to be done.
    pub work: Work,
    /// What it costs.
    pub cost: Credits,
    /// Where to tell of its end.
    pub webhook_url: Option<String>,
    /// The id of the API key that asked, for the ledger: not the key.
    pub key: String,
}

/// A character whose person is asked, or has answered.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    account: AccountId,
    character: CharacterId,
    /// The training that it was claimed for, where the person agreed: with another one it is another entry's.
    training: Option<TaskId>,
    at: Timestamp,
}

/// Puts on record that the person on these photos is asked: before the character is there.
///
/// # Errors
/// What the store answers; then nothing may be created.
pub async fn ask<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    ordered: &Ordered,
) -> Result<(), Error> {
    ports.store().write(&keys::ordered(account, character), ordered).await?;
    enter(ports, UploadQueue::Consents, account, character, None).await.map(drop)
}

/// The person agrees: the training begins, or the photos are kept. Nothing where that cannot be agreed to, not any more, or was.
///
/// # Errors
/// What the store answers; then the sweep goes on.
pub async fn agree<P: Ports>(ports: &P, character: &Character) -> Result<(), Error> {
    let now = ports.now();
    let agreed = |current: &Character| {
        let waits = current.state == CharacterState::AwaitingConsent && !current.is_closed();
        (waits && now < current.answer_due()).then(|| {
            let consent = current.consent.clone().map(|consent| Consent { confirmed_at: Some(now), ..consent });
            Character { consent, ..current.clone() }
        })
    };
    claim(ports, &character.account, &character.id, agreed).await
}

/// Claims a character, as `claimed` makes it, for a training under an id of its own, which is on record first, and begins that.
async fn claim<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &CharacterId,
    claimed: impl Fn(&Character) -> Option<Character>,
) -> Result<(), Error> {
    let bits = ports.random();
    let (training, _) = keys::new_task(account, bits);
    enter(ports, UploadQueue::Answers, account, id, Some(training.clone())).await?;
    let claimed = |current: &Character| {
        let next = claimed(current)?;
        Some(Character { training: training.clone(), state: CharacterState::Training, ..next })
    };
    match change(ports, account, id, claimed).await? {
        Some(character) => begin(ports, &character, bits).await,
        None => Ok(()),
    }
}

/// Begins what was ordered, as the task with the id of these bits.
async fn begin<P: Ports>(ports: &P, character: &Character, bits: [u8; 16]) -> Result<(), Error> {
    let Character { account, id, .. } = character;
    let key = keys::ordered(account, id);
    let Some(Ordered { work, cost, webhook_url, key: key_id }) = ports.store().read(&key).await? else {
        ports.log(&format!("what is to begin with {id} is not there"));
        let message = "What was to begin is not known any more; nothing was charged. Create it again".to_owned();
        let error = Failure { code: FailureCode::TrainingFailed, message };
        let failed = |current: &Character| {
            is_same(current, &character.training)
                .then(|| Character { state: CharacterState::Failed { error: error.clone() }, ..current.clone() })
        };
        return change(ports, account, id, failed).await.map(drop);
    };
    let ((task, task_key), now) = (keys::new_task(account, bits), ports.now());
    let task =
        Task::new(task, account.clone(), work, cost, now, now.plus(ports.config().training_deadline), webhook_url);
    let order =
        Order { task: task.clone(), key: task_key, character: Some(character), key_id: &key_id, operation: None };
    let begun = if funds::document(ports, account).await?.suspended_at.is_some() {
        let message = "The person agreed, and the account is suspended; ask the operator, and create it again";
        return fail(ports, task, bits, FailureCode::TrainingSubmitFailed, message).await;
    } else if matches!(order.task.work, Work::Reference { .. }) {
        submit::keep(ports, order).await
    } else {
        submit::begin(ports, order).await.map(|begun| begun.task)
    };
    match begun {
        Err(Error::Refused(Rejection::InsufficientCredits { .. } | Rejection::OverBudget(_))) => {
            let message =
                "The person agreed, and there were not enough credits then; nothing was charged. Create it again";
            fail(ports, task, bits, FailureCode::TrainingSubmitFailed, message).await
        }
        // Others of the account's tasks are open, or the store was too busy: the sweep begins it.
        Err(error) => Err(error),
        Ok(_) => Ok(ports.store().remove(&key).await?),
    }
}

/// Fails what was ordered and never began; its owner is told as of any training.
async fn fail<P: Ports>(ports: &P, task: Task, bits: [u8; 16], code: FailureCode, message: &str) -> Result<(), Error> {
    let error = Failure { code, message: message.to_owned() };
    let failed = Task { state: TaskState::Failed { error }, ..task };
    let (_, key) = keys::new_task(&failed.account, bits);
    ports.store().create(&key, failed.clone()).await?;
    // Nothing was held: this only tells the character.
    settle::settle(ports, &failed).await?;
    tell(ports, &failed).await;
    let character = failed.work.character();
    if let Some(character) = character {
        ports.store().remove(&keys::ordered::<Ordered>(&failed.account, character)).await?;
    }
    Ok(())
}

async fn tell<P: Ports>(ports: &P, failed: &Task) {
    if failed.webhook_url.is_some()
        && let Err(error) = notify::attempt(ports, failed).await
    {
        ports.log(&format!("that {} ended is not told: {error}", failed.id));
    }
}

/// The person refuses: nothing begins, and the photos are removed. Nothing where there is nothing to refuse any more.
///
/// # Errors
/// What the store or the bucket answers; then the sweep goes on.
pub async fn refuse<P: Ports>(ports: &P, character: &Character) -> Result<(), Error> {
    enter(ports, UploadQueue::Answers, &character.account, &character.id, None).await?;
    end(ports, character, "The person pictured refused; the photos were removed, and nothing was charged").await
}

/// Ends a character that its person did not agree to.
async fn end<P: Ports>(ports: &P, character: &Character, message: &str) -> Result<(), Error> {
    let error = Failure { code: FailureCode::ConsentRefused, message: message.to_owned() };
    let ended = |current: &Character| {
        (current.state == CharacterState::AwaitingConsent)
            .then(|| Character { state: CharacterState::Failed { error: error.clone() }, ..current.clone() })
    };
    match change(ports, &character.account, &character.id, ended).await? {
        Some(ended) => clear(ports, &ended, error).await,
        None => Ok(()),
    }
}

/// Tells the owner, and removes the photos.
async fn clear<P: Ports>(ports: &P, character: &Character, error: Failure) -> Result<(), Error> {
    let Character { account, id, .. } = character;
    if let Some(Ordered { work, cost, webhook_url: Some(url), .. }) =
        ports.store().read(&keys::ordered(account, id)).await?
    {
        let (task, key) = keys::new_task(account, ports.random());
        let task = Task::new(task, account.clone(), work, cost, ports.now(), ports.now(), Some(url));
        let failed = Task { state: TaskState::Failed { error }, ..task };
        ports.store().create(&key, failed.clone()).await?;
        tell(ports, &failed).await;
    }
    erase::photos(ports, character).await?;
    let cleared = |current: &Character| {
        (!current.photos.is_empty()).then(|| Character { photos: Vec::new(), warnings: Vec::new(), ..current.clone() })
    };
    change(ports, account, id, cleared).await.map(drop)
}

/// The person takes the consent back: the character is suspended at once and deleted, here as far as one request comes.
///
/// # Errors
/// It is not known whether it is suspended; the person can say it again. What fails after that the sweep does.
pub async fn withdraw<P: Ports>(ports: &P, character: &Character) -> Result<(), Error> {
    let n = enter(ports, UploadQueue::Answers, &character.account, &character.id, None).await?;
    suspension::suspend(ports, character, SuspensionReason::Withdrawn).await?;
    match erase::erase(ports, character.clone()).await {
        Ok(report) if report.is_complete() => leave(ports, UploadQueue::Answers, n).await,
        Ok(_) => Ok(()),
        Err(error) => {
            ports.log(&format!("{} is deleted later: {error}", character.id));
            Ok(())
        }
    }
}

/// Ends what nobody answered in time, and goes on with answers that were cut off, until `give_up_at`. Returns how many could not be looked at.
///
/// # Errors
/// The store or the bucket is out of reach; the next sweep goes on where this one was.
pub async fn sweep<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<u64, Error> {
    let mut failed = 0_u64;
    for (queue, after) in [(UploadQueue::Answers, ANSWERED_AFTER), (UploadQueue::Consents, CONSENT_WAIT_MAX)] {
        // On the heap: a deletion and a submission are in it.
        let look = async |n| Box::pin(look(ports, queue, after, n, give_up_at)).await;
        failed = failed.saturating_add(uploads::sweep_queue(ports, queue, give_up_at, look).await?);
    }
    Ok(failed)
}

async fn look<P: Ports>(
    ports: &P,
    queue: UploadQueue,
    after: Duration,
    n: u64,
    give_up_at: Timestamp,
) -> Result<Found, Error> {
    let Some(entry) = ports.store().read::<Entry>(&keys::upload(queue, n)).await? else { return Ok(Found::Nothing) };
    let now = ports.now();
    if now < entry.at.plus(after) {
        return Ok(if entry.at > now { Found::Odd } else { Found::InUse });
    }
    let character = ports.store().load(&keys::character(&entry.account, &entry.character)).await?;
    let is_over = match character {
        None => true,
        Some(character) if queue == UploadQueue::Consents => {
            end(
                ports,
                &character,
                "The person pictured did not answer in time; the photos were removed, and nothing was charged",
            )
            .await?;
            true
        }
        Some(character) => go_on(ports, character, entry.training.as_ref(), give_up_at).await?,
    };
    if is_over {
        leave(ports, queue, n).await?;
    }
    Ok(if is_over { Found::Ended } else { Found::Odd })
}

/// Goes on with an answer that may have been cut off; whether nothing is left of it.
async fn go_on<P: Ports>(
    ports: &P,
    character: Character,
    claimed_for: Option<&TaskId>,
    give_up_at: Timestamp,
) -> Result<bool, Error> {
    let Character { account, id, training, .. } = &character;
    match &character.state {
        _ if character.suspended.is_some_and(|known| known.reason == SuspensionReason::Withdrawn) => {
            // The suspension may have come no further than its mark.
            return Ok(erase::erase_until(ports, character, give_up_at).await?.is_complete());
        }
        CharacterState::Failed { error } if error.code == FailureCode::ConsentRefused => {
            clear(ports, &character, error.clone()).await?;
        }
        CharacterState::Training
            if claimed_for == Some(training) && uploads::came_to_nothing(ports, account, training).await? =>
        {
            ports.store().discard(&keys::task(account, training)).await?;
            let same = |current: &Character| is_same(current, training).then(|| current.clone());
            claim(ports, account, id, same).await?;
        }
        CharacterState::AwaitingConsent => {}
        // Of several answers at once another one claimed it, which has an entry of its own.
        CharacterState::Training if claimed_for != Some(training) => {}
        _ => ports.store().remove(&keys::ordered::<Ordered>(account, id)).await?,
    }
    Ok(true)
}

fn is_same(character: &Character, training: &TaskId) -> bool {
    character.state == CharacterState::Training && character.training == *training && !character.is_closed()
}

/// Puts a character in a queue; its number there.
async fn enter<P: Ports>(
    ports: &P,
    queue: UploadQueue,
    account: &AccountId,
    character: &CharacterId,
    training: Option<TaskId>,
) -> Result<u64, Error> {
    let n = ports.store().next(keys::uploads(queue)).await?;
    let entry = Entry { account: account.clone(), character: character.clone(), training, at: ports.now() };
    ports.store().write(&keys::upload(queue, n), &entry).await?;
    Ok(n)
}

async fn leave<P: Ports>(ports: &P, queue: UploadQueue, n: u64) -> Result<(), Error> {
    Ok(ports.store().remove(&keys::upload::<Entry>(queue, n)).await?)
}

#[cfg(test)]
mod tests;
