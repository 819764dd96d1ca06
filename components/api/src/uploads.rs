//! Photos that no character came of: a request that dies between the first photo and its hold leaves them, and nobody else knows.
//!
//! So an upload is put on record before its first photo is kept. The sweep goes along the records in their order, and removes what is of no
//! use an hour later: photos, and the documents that were never told to anyone.

use std::time::Duration;

use domain::limits::PHOTOS_MAX;
use domain::{AccountId, CharacterId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::{Error, Ports, blobs};

/// How long after its beginning an upload without a hold counts as abandoned: far longer than any request runs.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// An upload on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// Whose it is.
    pub(crate) account: AccountId,
    /// The character the photos are of.
    pub(crate) character: CharacterId,
    /// The task that is to train it.
    pub(crate) training: TaskId,
    /// When it began.
    pub(crate) at: Timestamp,
}

/// Puts an upload on record.
///
/// # Errors
/// What the store answers; then no photo may be kept.
pub(crate) async fn begin<P: Ports>(ports: &P, upload: &Upload) -> Result<(), Error> {
    let n = ports.store().next(keys::UPLOADS).await?;
    Ok(ports.store().write(&keys::upload(n), upload).await?)
}

/// Removes what abandoned uploads left, until `give_up_at`.
///
/// # Errors
/// What the store or the bucket answers; the next sweep goes on where this one was.
pub(crate) async fn sweep<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<(), Error> {
    let (mark, last) = (keys::swept_uploads(), ports.store().count(keys::UPLOADS).await?);
    let before: u64 = ports.store().read(&mark).await?.unwrap_or_default();
    let mut after = before;
    for n in before.saturating_add(1)..=last {
        if ports.now() >= give_up_at {
            break;
        }
        // One that is not there may be on its way. Only a later one that is old says that it is not.
        let Some(upload) = ports.store().read::<Upload>(&keys::upload(n)).await? else { continue };
        if ports.now().since(upload.at) < ABANDONED_AFTER {
            break;
        }
        finish(ports, &upload).await?;
        ports.store().remove(&keys::upload::<Upload>(n)).await?;
        after = n;
    }
    if after > before {
        ports.store().write(&mark, &after).await?;
    }
    Ok(())
}

/// Removes everything of an upload that never came to its hold.
async fn finish<P: Ports>(ports: &P, upload: &Upload) -> Result<(), Error> {
    let Upload { account, character, training, .. } = upload;
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
