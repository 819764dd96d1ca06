//! What nobody else knows of: photos that no character came of, because a request died between the first of them and its hold; and what
//! containers and callers upload, which is fetched again and then of no use.
//!
//! So an upload is put on record before its first byte is kept, in one of two queues. The sweep goes along each in its order, and removes what
//! is of no use any more: photos and the documents that were never told to anyone an hour later, files a day later.

use std::time::Duration;

use domain::limits::PHOTOS_MAX;
use domain::{AccountId, BlobLocation, Character, CharacterId, Consent, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{UploadQueue, keys};

use crate::{Error, Ports, blobs, later_training};

/// How long after its beginning an upload without a hold counts as abandoned: far longer than any request runs.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// How long a file is there: as long as its weights are looked for.
pub const FILE_LIFETIME: Duration = Duration::from_hours(25);

/// How long a caller's file is there.
pub const INPUT_LIFETIME: Duration = Duration::from_hours(24);

/// How long an upload is looked at again that cannot be removed: longer than any clock is wrong.
const LEFT_FOR: Duration = Duration::from_hours(48);
/// Uploads of a queue that are looked at again and again, at most.
const LEFT_MAX: usize = 200;

/// An upload on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upload {
    /// Photos.
    Photos {
        /// Whose they are.
        account: AccountId,
        /// The character they are of.
        character: CharacterId,
        /// The task that is to train it.
        training: TaskId,
        /// When it began.
        at: Timestamp,
    },
    /// Photos that are added to a character, to train it later.
    MorePhotos {
        /// Whose they are.
        account: AccountId,
        /// The character they are of.
        character: CharacterId,
        /// The task that is to train it.
        training: TaskId,
        /// When it began.
        at: Timestamp,
    },
    /// A file of a container's.
    File {
        /// The file.
        file: File,
        /// When it began.
        at: Timestamp,
    },
    /// A caller's file, to be put there and fetched again.
    Input(Input),
}

/// A caller's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The file.
    pub file: File,
    /// Whose it is.
    pub account: AccountId,
    /// Its type, as it was announced.
    pub media_type: String,
    /// The ending of its name.
    pub extension: String,
    /// How large it may be, in bytes.
    pub size_max: u32,
    /// When it was announced.
    pub at: Timestamp,
    /// Where the bytes are that were put there, each attempt's under an id of its own; until then, and before there were attempts, they are
    /// in `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put: Option<File>,
}

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Random: nobody else's request leads to it.
    pub id: String,
    /// Size in bytes; 0 until all of it is there.
    pub size_bytes: u32,
    /// Where its bytes are.
    #[serde(rename = "place")]
    pub location: BlobLocation,
}

/// How far along a queue what is of no use was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
struct Swept {
    /// The number up to which all were looked at.
    upto: u64,
    /// Those before it that are to be looked at again, and since when: one that cannot be removed keeps no other.
    left: Vec<(u64, Timestamp)>,
}

/// What is found where [`Swept`] is kept: once it was a number alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Whole { upto: u64, left: Vec<(u64, Timestamp)> },
}

impl From<Written> for Swept {
    fn from(written: Written) -> Self {
        match written {
            Written::Number(upto) => Self { upto, left: Vec::new() },
            Written::Whole { upto, left } => Self { upto, left },
        }
    }
}

impl Upload {
    /// The queue it is in.
    const fn queue(&self) -> UploadQueue {
        match self {
            Self::Photos { .. } | Self::MorePhotos { .. } => UploadQueue::Photos,
            Self::File { .. } | Self::Input(_) => UploadQueue::Files,
        }
    }

    const fn begun_at(&self) -> Timestamp {
        match self {
            Self::Photos { at, .. }
            | Self::MorePhotos { at, .. }
            | Self::File { at, .. }
            | Self::Input(Input { at, .. }) => *at,
        }
    }

    /// When it is of no use any more.
    fn ends(&self) -> Timestamp {
        match self {
            Self::Photos { at, .. } | Self::MorePhotos { at, .. } => at.plus(ABANDONED_AFTER),
            Self::File { at, .. } | Self::Input(Input { at, .. }) => at.plus(FILE_LIFETIME),
        }
    }
}

/// When a caller's file can be fetched no more.
pub fn ends(input: &Input) -> Timestamp {
    input.at.plus(INPUT_LIFETIME)
}

/// How long a caller's file can still be fetched.
pub fn time_left(input: &Input, now: Timestamp) -> Duration {
    ends(input).since(now)
}

/// Puts an upload on record, and returns its number.
///
/// # Errors
/// What the store answers; then nothing may be kept.
pub async fn begin<P: Ports>(ports: &P, upload: &Upload) -> Result<u64, Error> {
    let n = ports.store().next(keys::uploads(upload.queue())).await?;
    ports.store().write(&keys::upload(upload.queue(), n), upload).await?;
    Ok(n)
}

/// Takes an upload off the record, of which nothing is kept. Where the store fails now, the sweep finds it in its time.
pub async fn end<P: Ports>(ports: &P, upload: &Upload, n: u64) {
    if let Err(error) = ports.store().remove(&keys::upload::<Upload>(upload.queue(), n)).await {
        ports.log(&format!("upload number {n} stays on record: {error}"));
    }
}

/// Removes what is of no use any more from both queues, until `give_up_at`. Returns how many could not be removed, which are left where they
/// are for a while; the log says why.
///
/// # Errors
/// The store or the bucket is out of reach; the next sweep goes on where this one was.
pub async fn sweep<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<u64, Error> {
    let mut failed = 0_u64;
    for queue in [UploadQueue::Photos, UploadQueue::Files] {
        let remove = async |n| remove(ports, queue, n).await;
        failed = failed.saturating_add(sweep_queue(ports, queue, give_up_at, remove).await?);
    }
    Ok(failed)
}

/// Goes along a queue until `give_up_at`, and has what is behind each number looked at. Returns how many could not be.
///
/// # Errors
/// As [`sweep`].
pub(crate) async fn sweep_queue<P: Ports>(
    ports: &P,
    queue: UploadQueue,
    give_up_at: Timestamp,
    look: impl AsyncFn(u64) -> Result<Found, Error>,
) -> Result<u64, Error> {
    let (mark, last) = (keys::swept_uploads(queue), ports.store().count(keys::uploads(queue)).await?);
    let before: Swept = ports.store().read(&mark).await?.unwrap_or_default();
    let (mut after, mut failed, mut unavailable) = (before.clone(), 0_u64, None);
    let news = before.upto.saturating_add(1)..=last;
    for n in before.left.iter().map(|(n, _)| *n).chain(news) {
        if ports.now() >= give_up_at {
            break;
        }
        match look(n).await {
            Ok(Found::Ended) => after.note(n, None),
            // One that is not there may be on its way. Only a later one that is old says that it is not.
            Ok(Found::Nothing) => after.left.retain(|(left, _)| *left != n),
            Ok(Found::InUse) if n > before.upto => break,
            Ok(Found::InUse | Found::Odd) => after.note(n, Some(ports.now())),
            Err(error) if error.is_of_the_store() => {
                unavailable = Some(error);
                break;
            }
            Err(error) => {
                ports.log(&format!("upload number {n} is left where it is: {error}"));
                failed = failed.saturating_add(1);
                after.note(n, Some(ports.now()));
            }
        }
    }
    if after != before {
        ports.store().write(&mark, &after).await?;
    }
    unavailable.map_or(Ok(failed), Err)
}

impl Swept {
    /// Notes that number `n` was looked at; where it is to be looked at again, when that was found out.
    fn note(&mut self, n: u64, left_at: Option<Timestamp>) {
        self.upto = self.upto.max(n);
        let before = self.left.iter().find(|(left, _)| *left == n).map(|(_, since)| *since);
        self.left.retain(|(left, _)| *left != n);
        let Some(now) = left_at else { return };
        let since = before.unwrap_or(now);
        // Nobody knows whether it will ever be removed.
        if now.since(since) < LEFT_FOR {
            self.left.push((n, since));
            self.left.drain(..self.left.len().saturating_sub(LEFT_MAX));
        }
    }
}

/// What there is on record under a number.
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// It is not its time.
    InUse,
    /// It begins in the future, so nothing is known of those after it; or it is to be looked at again.
    Odd,
    /// It was of no use, and is removed.
    Ended,
}

async fn remove<P: Ports>(ports: &P, queue: UploadQueue, n: u64) -> Result<Found, Error> {
    let Some(upload) = ports.store().read::<Upload>(&keys::upload(queue, n)).await? else { return Ok(Found::Nothing) };
    let now = ports.now();
    if now < upload.ends() {
        return Ok(if upload.begun_at() > now { Found::Odd } else { Found::InUse });
    }
    match &upload {
        Upload::Photos { account, character, training, .. } => {
            let stored = ports.store().load(&keys::character(account, character)).await?;
            // Where a person is asked first, it is there without a task. Where it is gone, somebody began to remove what there was of it.
            let is_of_use = stored.as_ref().is_some_and(|stored| is_asked_for(stored, training));
            if !is_of_use && (stored.is_none() || came_to_nothing(ports, account, training).await?) {
                abandon(ports, account, character).await?;
                // Its request may have held meanwhile, where a clock jumped: it finds no character then, and is canceled.
                if came_to_nothing(ports, account, training).await? {
                    ports.store().discard(&keys::task(account, training)).await?;
                }
            }
        }
        Upload::MorePhotos { account, character, training, .. } => {
            let came_to_nothing = came_to_nothing(ports, account, training).await?;
            // Who looks at the character may have ended a task that never held credits, and come no further.
            if !is_held(ports, account, training).await? {
                later_training::unclaim(ports, account, character, training).await?;
            }
            if came_to_nothing {
                ports.store().discard(&keys::task(account, training)).await?;
            }
        }
        Upload::File { file, .. } | Upload::Input(Input { file, .. }) => {
            blobs::remove(ports, &keys::file(&file.id)).await?;
        }
    }
    ports.store().remove(&keys::upload::<Upload>(queue, n)).await?;
    Ok(Found::Ended)
}

/// Whether it is a character whose person is asked: it waits without a task, and is trained by another.
fn is_asked_for(character: &Character, training: &TaskId) -> bool {
    character.consent.as_ref().is_some_and(Consent::is_the_persons) || character.training != *training
}

/// Whether a request for a training never came to its hold.
pub(crate) async fn came_to_nothing<P: Ports>(
    ports: &P,
    account: &AccountId,
    training: &TaskId,
) -> Result<bool, Error> {
    let task = ports.store().load(&keys::task(account, training)).await?;
    // A task that ended was held for, and its hold goes last: as long as it runs, the hold is there.
    Ok(task.is_none_or(|task| !task.state.is_terminal()) && !is_held(ports, account, training).await?)
}

async fn is_held<P: Ports>(ports: &P, account: &AccountId, training: &TaskId) -> Result<bool, Error> {
    let account = ports.store().load(&keys::account(account)).await?;
    Ok(account.is_some_and(|account| account.funds.holds.contains_key(training)))
}

/// Removes a character that nobody was told of: first itself, so that whoever still holds credits for it finds that it is gone.
async fn abandon<P: Ports>(ports: &P, account: &AccountId, character: &CharacterId) -> Result<(), Error> {
    ports.store().discard(&keys::character(account, character)).await?;
    Ok(blobs::remove_photos(ports, account, character, 0..PHOTOS_MAX).await?)
}

#[cfg(test)]
mod tests;
