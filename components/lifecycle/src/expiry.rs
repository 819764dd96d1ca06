//! Ends of life: what is removed from the store when its time is over. A part of the sweep, as is what has to be fetched before it is
//! over elsewhere.
//!
//! | what | when | found by |
//! |---|---|---|
//! | pictures | 7 days after their task was settled | the entry that settled it |
//! | what became of messages | as long | likewise |
//! | photos | so many days after their training ended (`photos_kept_days`) | the entry that settled the training |
//! | answers to requests with an `Idempotency-Key` | an hour after the 24 hours that they count | the entry of their hold |
//! | weights, copied here | once their training was settled | the entry that settled it |
//!
//! An account's ledger lists everything that ever cost it something, so it is gone along once for each kind, and a mark is kept of how far.
//! Removing again what is gone does nothing: a mark that was not written costs time only.

use std::cell::Cell;
use std::time::Duration;

use domain::limits::{IDEMPOTENCY_LIFETIME, RESULT_LIFETIME};
use domain::{Account, Change, Entry, Task, Timestamp, Work};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::history::settled;
use crate::remains::files_max;
use crate::{Error, Ports, blobs, journal, notify, weights};

/// How long answers are kept beyond the time they count: a repetition that came just within it may be storing its answer still.
const ANSWER_MARGIN: Duration = Duration::from_hours(1);
/// How long what cannot be removed, or copied, is tried again.
const TRIED_FOR: Duration = Duration::from_hours(24);

/// Up to which entry what it is about was removed, for each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks {
    pictures: u64,
    photos: u64,
    answers: u64,
    #[serde(default)]
    weights: u64,
    #[serde(default)]
    messages: u64,
}

/// Removes what an account has that is past its time, until `give_up_at`. Returns how much of it could not be removed; the log says why.
///
/// # Errors
/// Up to where it is removed cannot be read or written; the next sweep begins where this one did.
pub async fn expire<P: Ports>(ports: &P, account: &Account, give_up_at: Timestamp) -> Result<u64, Error> {
    let key = keys::expired(&account.id);
    let before: Marks = ports.store().read(&key).await?.unwrap_or_default();
    let walk = Walk { ports, account, give_up_at, failed: Cell::new(0) };
    let kept = ports.config().photos_kept;
    let answers_kept = IDEMPOTENCY_LIFETIME.saturating_add(ANSWER_MARGIN);
    let after = Marks {
        pictures: walk
            .along(before.pictures, RESULT_LIFETIME, async |entry| pictures(ports, account, entry).await)
            .await,
        photos: walk.along(before.photos, kept, async |entry| photos(ports, account, entry).await).await,
        messages: walk
            .along(before.messages, RESULT_LIFETIME, async |entry| message(ports, account, entry).await)
            .await,
        answers: walk.along(before.answers, answers_kept, async |entry| answer(ports, account, entry).await).await,
        weights: walk
            .along(before.weights, Duration::ZERO, async |entry| weights::keep(ports, account, entry).await)
            .await,
    };
    if after != before {
        ports.store().write(&key, &after).await?;
    }
    Ok(walk.failed.get())
}

/// A walk along an account's entries.
struct Walk<'a, P> {
    ports: &'a P,
    account: &'a Account,
    give_up_at: Timestamp,
    /// What could not be done.
    failed: Cell<u64>,
}

impl<P: Ports> Walk<'_, P> {
    /// Removes what every entry after number `mark` is about that is older than `lifetime`; returns how far it came.
    ///
    /// One that fails keeps no other. It keeps the mark for a day, so that it is tried again, and is left after that: nobody knows whether
    /// it will ever do. Where the store or the bucket is out of reach, the walk ends.
    async fn along(&self, mut mark: u64, lifetime: Duration, remove: impl AsyncFn(&Entry) -> Result<(), Error>) -> u64 {
        let due = |entry: &Entry| entry.at.plus(lifetime) <= self.ports.now();
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
                if !due(entry) || self.ports.now() >= self.give_up_at {
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

async fn message<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    match ledger::audit::settled_task(entry) {
        Some(task) => notify::forget(ports, &account.id, task).await,
        None => Ok(()),
    }
}

async fn photos<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(Task { work: Work::Training { character }, .. }) = settled(ports, account, entry).await? else {
        return Ok(());
    };
    let Some(character) = ports.store().load(&keys::character(&account.id, &character)).await? else {
        return Ok(());
    };
    for n in 0..character.photos.len() {
        blobs::remove(ports, &keys::photo(&account.id, &character.id, n)).await?;
    }
    Ok(())
}

async fn answer<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(operation) = entry.operation.as_ref().filter(|_| matches!(entry.change, Change::Hold { .. })) else {
        return Ok(());
    };
    // A later use of the same name has its own answer here. Without it, it is made again from its task.
    Ok(ports.store().remove(&keys::answer::<()>(&account.id, &operation.id)).await?)
}
