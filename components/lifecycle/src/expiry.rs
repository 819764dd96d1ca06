//! Ends of life: what is removed from the store when its time is over. A part of the sweep, as is what has to be fetched before it is
//! over elsewhere.
//!
//! | what | when | found by |
//! |---|---|---|
//! | pictures | so many days after their task was settled (`results_kept_days`) | the entry that settled it |
//! | what became of messages | as long | likewise |
//! | photos | so many days after their training ended (`photos_kept_days`); references stay with their character | the entry that settled the training |
//! | answers to requests with an `Idempotency-Key`, and the markers of those requests | an hour after the 24 hours that they count | the entry of their hold |
//! | what a task was asked and what it made | so many days after it was settled (`tasks_kept_days`) | the entry that settled it |
//! | weights, copied here | once their training was settled | the entry that settled it |
//! | pictures, looked at | once their task was settled | the entry that settled it |
//!
//! An account's ledger lists everything that ever cost it something, so it is gone along once for each kind, and a mark is kept of how far.
//! Removing again what is gone does nothing: a mark that was not written costs time only.

use std::cell::Cell;
use std::time::Duration;

use domain::limits::{IDEMPOTENCY_LIFETIME, RESULT_LIFETIME};
use domain::{Account, CharacterState, Entry, Task, Timestamp, Training, Work};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::history::settled;
use crate::remains::{self, files_max};
use crate::{Config, Error, Ports, alike, blobs, journal, notify, weights};

/// How long answers are kept beyond the time they count: a repetition that came just within it may be storing its answer still.
const ANSWER_MARGIN: Duration = Duration::from_hours(1);
/// How long answers to requests with an `Idempotency-Key` are kept.
pub const ANSWERS_KEPT: Duration = IDEMPOTENCY_LIFETIME.saturating_add(ANSWER_MARGIN);
/// How long it is kept what became of messages.
pub const MESSAGES_KEPT: Duration = RESULT_LIFETIME;
/// How long what cannot be removed, or copied, is tried again.
const TRIED_FOR: Duration = Duration::from_hours(24);

/// Up to which entry what it is about was removed, for each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks {
    pictures: u64,
    photos: u64,
    answers: u64,
    #[serde(default)]
    weights: u64,
    #[serde(default)]
    messages: u64,
    #[serde(default)]
    tasks: u64,
    #[serde(default)]
    looks: u64,
}

/// What came of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// How much could not be done; the log says why.
    pub failed: u64,
    /// When there is something to do again; nothing where no entry is left.
    pub next: Option<Timestamp>,
}

/// Removes what an account has that is past its time, until `give_up_at`.
///
/// # Errors
/// Up to where it is removed cannot be read or written; the next sweep begins where this one did.
pub async fn tidy<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<Walked, Error> {
    let before = marks(ports, account).await?;
    let walk = Walk::new(ports, account, give_up_at);
    let Config { photos_kept, results_kept, tasks_kept, .. } = *ports.config();
    let after = Marks {
        pictures: walk.along(before.pictures, results_kept, async |entry| pictures(ports, account, entry).await).await,
        photos: walk.along(before.photos, photos_kept, async |entry| photos(ports, account, entry).await).await,
        messages: walk.along(before.messages, MESSAGES_KEPT, async |entry| message(ports, account, entry).await).await,
        answers: walk
            .along(before.answers, ANSWERS_KEPT, async |entry| remains::forget_request(ports, &account.id, entry).await)
            .await,
        tasks: walk.along(before.tasks, tasks_kept, async |entry| task(ports, account, entry).await).await,
        ..before
    };
    walk.end(before, after).await
}

/// Copies the weights that an account's trainings made and that are of use here, until `give_up_at`.
///
/// # Errors
/// As [`tidy`].
pub async fn copy<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<Walked, Error> {
    let before = marks(ports, account).await?;
    let walk = Walk::new(ports, account, give_up_at);
    let weights =
        walk.along(before.weights, Duration::ZERO, async |entry| weights::keep(ports, account, entry).await).await;
    walk.end(before, Marks { weights, ..before }).await
}

/// Looks at the pictures that an account's tasks delivered, until `give_up_at`.
///
/// # Errors
/// As [`tidy`].
pub async fn look<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<Walked, Error> {
    let before = marks(ports, account).await?;
    let walk = Walk::new(ports, account, give_up_at);
    let looks = walk.along(before.looks, Duration::ZERO, async |entry| alike::look(ports, account, entry).await).await;
    walk.end(before, Marks { looks, ..before }).await
}

/// What of an account's entries was not gone along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Something may be to be removed, now or later.
    pub tidy: bool,
    /// Weights may be to be copied.
    pub copy: bool,
    /// Pictures may be to be looked at.
    pub look: bool,
}

/// How far an account's entries were gone along.
///
/// # Errors
/// What the store answers.
pub async fn behind<P: Ports>(ports: &P, account: &Account) -> Result<Behind, Error> {
    let marks = marks(ports, account).await?;
    let last = account.funds.entries.last().map_or(account.funds.archived, |entry| entry.seq);
    let Marks { pictures, photos, answers, weights, messages, tasks, looks } = marks;
    Ok(Behind {
        tidy: [pictures, photos, answers, messages, tasks].iter().any(|mark| *mark < last),
        copy: weights < last && weights::may_be_of_use(ports.config()),
        look: looks < last,
    })
}

async fn marks<P: Ports>(ports: &P, account: &Account) -> Result<Marks, Error> {
    Ok(ports.store().read(&keys::expired(&account.id)).await?.unwrap_or_default())
}

/// A walk along an account's entries.
struct Walk<'a, P> {
    ports: &'a P,
    account: &'a Account,
    give_up_at: Timestamp,
    /// What could not be done.
    failed: Cell<u64>,
    /// When the first of what is left is to be done.
    next: Cell<Option<Timestamp>>,
}

impl<'a, P: Ports> Walk<'a, P> {
    fn new(ports: &'a P, account: &'a Account, give_up_at: Timestamp) -> Self {
        Self { ports, account, give_up_at, failed: Cell::new(0), next: Cell::new(None) }
    }

    /// Removes what every entry after number `mark` is about that is older than `lifetime`; returns how far it came.
    ///
    /// One that fails keeps no other. It keeps the mark for a day, so that it is tried again, and is left after that: nobody knows whether
    /// it will ever do. Where the store or the bucket is out of reach, the walk ends.
    async fn along(&self, mut mark: u64, lifetime: Duration, remove: impl AsyncFn(&Entry) -> Result<(), Error>) -> u64 {
        let due_at = |entry: &Entry| entry.at.plus(lifetime);
        let mut first_failed = None;
        loop {
            let entries = journal::after(self.ports, &self.account.id, &self.account.funds, mark).await;
            let entries = entries.unwrap_or_else(|error| {
                self.note(mark.saturating_add(1), error);
                Vec::new()
            });
            if entries.is_empty() {
                return first_failed.unwrap_or(mark);
            }
            for entry in &entries {
                let now = self.ports.now();
                if due_at(entry) > now || now >= self.give_up_at {
                    self.next.update(|next| Some(next.map_or(due_at(entry), |next| next.min(due_at(entry)))));
                    return first_failed.unwrap_or(mark);
                }
                if let Err(error) = remove(entry).await {
                    let out_of_reach = error.is_of_the_store();
                    self.note(entry.seq, error);
                    if out_of_reach {
                        return first_failed.unwrap_or(mark);
                    }
                    if self.ports.now().since(entry.at.plus(lifetime)) < TRIED_FOR {
                        first_failed.get_or_insert(mark);
                    }
                }
                mark = entry.seq;
            }
        }
    }

    /// Writes down how far it came.
    async fn end(self, before: Marks, after: Marks) -> Result<Walked, Error> {
        if after != before {
            // Three kinds of walk share the record; one that is written over costs time only.
            self.ports.store().write(&keys::expired(&self.account.id), &after).await?;
        }
        Ok(Walked { failed: self.failed.get(), next: self.next.get() })
    }

    /// Notes what could not be done for an entry.
    fn note(&self, seq: u64, error: Error) {
        let cause = error;
        self.ports.log(&format!("what entry {seq} of {} is about has to wait: {cause}", self.account.id));
        self.failed.set(self.failed.get().saturating_add(1));
    }
}

async fn pictures<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(task) = settled(ports, account, entry).await? else { return Ok(()) };
    for n in 0..files_max(&task.work) {
        blobs::remove(ports, &keys::result(&account.id, &task.id, n)).await?;
    }
    Ok(())
}

async fn task<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    if let Some(task) = settled(ports, account, entry).await? {
        remains::remove(ports, &task).await?;
    }
    Ok(())
}

async fn message<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    match ledger::audit::settled_task(entry) {
        Some(task) => notify::forget(ports, &account.id, task).await,
        None => Ok(()),
    }
}

async fn photos<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(Task { id, work, .. }) = settled(ports, account, entry).await? else { return Ok(()) };
    let (Work::Training(Training { character, .. }) | Work::Reference { character }) = work else { return Ok(()) };
    let Some(character) = ports.store().load(&keys::character(&account.id, &character)).await? else {
        return Ok(());
    };
    // They are what its pictures are made with, or were until it was trained by another task.
    if character.state == CharacterState::Referenced || character.training != id {
        return Ok(());
    }
    Ok(blobs::remove_photos(ports, &account.id, &character.id, 0..character.photos.len()).await?)
}

#[cfg(test)]
mod tests;
