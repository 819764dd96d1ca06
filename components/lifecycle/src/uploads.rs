//! What nobody else knows of: photos that no character came of, because a request died between the first of them and its hold; and what
//! containers and callers upload, which is fetched again and then of no use.
//!
//! So an upload is put on record before its first byte is kept. The sweep goes along the records in their order, and removes what is of no
//! use any more: photos and the documents that were never told to anyone an hour later, files a day later.

use std::time::Duration;

use domain::limits::PHOTOS_MAX;
use domain::{AccountId, BlobLocation, CharacterId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::{Error, Ports, blobs};

/// How long after its beginning an upload without a hold counts as abandoned: far longer than any request runs.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// How long a file is there: as long as its weights are looked for.
const FILE_LIFETIME: Duration = Duration::from_hours(25);

/// How long a caller's file is there.
const INPUT_LIFETIME: Duration = Duration::from_hours(24);

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

impl Upload {
    /// When it is of no use any more.
    fn ends(&self) -> Timestamp {
        match self {
            Self::Photos { at, .. } => at.plus(ABANDONED_AFTER),
            Self::File { at, .. } | Self::Input(Input { at, .. }) => at.plus(FILE_LIFETIME),
        }
    }
}

/// How long a caller's file can still be fetched.
pub fn time_left(input: &Input, now: Timestamp) -> Duration {
    input.at.plus(INPUT_LIFETIME).since(now)
}

/// Puts an upload on record, and returns its number.
///
/// # Errors
/// What the store answers; then nothing may be kept.
pub async fn begin<P: Ports>(ports: &P, upload: &Upload) -> Result<u64, Error> {
    let n = ports.store().next(keys::UPLOADS).await?;
    ports.store().write(&keys::upload(n), upload).await?;
    Ok(n)
}

/// Removes what is of no use any more, until `give_up_at`. Returns how many could not be removed, which are left where they are; the log
/// says why.
///
/// # Errors
/// The store or the bucket is out of reach; the next sweep goes on where this one was.
pub async fn sweep<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<u64, Error> {
    let (mark, last) = (keys::swept_uploads(), ports.store().count(keys::UPLOADS).await?);
    let before: u64 = ports.store().read(&mark).await?.unwrap_or_default();
    let (mut after, mut failed, mut unavailable) = (before, 0_u64, None);
    for n in before.saturating_add(1)..=last {
        if ports.now() >= give_up_at {
            break;
        }
        match remove(ports, n).await {
            Ok(Found::Ended) => after = n,
            // One that is not there may be on its way. Only a later one that is old says that it is not.
            Ok(Found::Nothing) => {}
            Ok(Found::InUse) => break,
            Err(error) if error.is_of_the_store() => {
                unavailable = Some(error);
                break;
            }
            Err(error) => {
                ports.log(&format!("upload number {n} is left where it is: {error}"));
                failed = failed.saturating_add(1);
            }
        }
    }
    if after > before {
        ports.store().write(&mark, &after).await?;
    }
    unavailable.map_or(Ok(failed), Err)
}

/// What there is on record under a number.
enum Found {
    Nothing,
    InUse,
    /// It was of no use, and is removed.
    Ended,
}

async fn remove<P: Ports>(ports: &P, n: u64) -> Result<Found, Error> {
    let Some(upload) = ports.store().read::<Upload>(&keys::upload(n)).await? else { return Ok(Found::Nothing) };
    if ports.now() < upload.ends() {
        return Ok(Found::InUse);
    }
    match &upload {
        Upload::Photos { account, character, training, .. } => abandon(ports, account, character, training).await?,
        Upload::File { file, .. } | Upload::Input(Input { file, .. }) => {
            blobs::remove(ports, &keys::file(&file.id)).await?;
        }
    }
    ports.store().remove(&keys::upload::<Upload>(n)).await?;
    Ok(Found::Ended)
}

/// Removes everything of a request for a character, unless that came to its hold.
async fn abandon<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    training: &TaskId,
) -> Result<(), Error> {
    let task = ports.store().load(&keys::task(account, training)).await?;
    let funds = ports.store().load(&keys::account(account)).await?.map(|account| account.funds);
    // A task that ended was held for, and its hold goes last: as long as it runs, the hold is there.
    let held = funds.is_some_and(|funds| funds.holds.contains_key(training));
    if task.as_ref().is_some_and(|task| held || task.state.is_terminal()) {
        return Ok(());
    }
    for n in 0..PHOTOS_MAX {
        blobs::remove(ports, &keys::photo(account, character, n)).await?;
    }
    ports.store().discard(&keys::character(account, character)).await?;
    Ok(ports.store().discard(&keys::task(account, training)).await?)
}
