//! Named requests: what a name was used for. It is claimed by the hold itself, so a request that was refused has not used its name up.

use domain::{AccountId, Operation, TaskId, Timestamp};

use crate::{Error, Ports, funds};

/// A name that was used.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The task it began.
    pub task: TaskId,
    /// When.
    pub at: Timestamp,
}

/// What a request's name was used for before; nothing where it was not.
///
/// # Errors
/// [`ledger::Rejection::Mismatch`] where that was another request, and what the store answers.
pub async fn find<P: Ports>(ports: &P, account: &AccountId, operation: &Operation) -> Result<Option<Claimed>, Error> {
    let funds = funds::load(ports, account).await?;
    let found = match ledger::find(&funds, operation, ports.now()) {
        Some(entry) => entry
            .operation
            .as_ref()
            .zip(entry.change.task())
            .map(|(operation, task)| (operation.fingerprint.clone(), Claimed { task: task.clone(), at: entry.at })),
        None => funds::archived(ports, account, &funds, operation)
            .await?
            .and_then(|marker| marker.task.map(|task| (marker.fingerprint, Claimed { task, at: marker.at }))),
    };
    match found {
        Some((fingerprint, _)) if fingerprint != operation.fingerprint => {
            Err(Error::Refused(ledger::Rejection::Mismatch))
        }
        found => Ok(found.map(|(_, claimed)| claimed)),
    }
}
