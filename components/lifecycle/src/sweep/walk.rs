//! Accounts of versions that knew no pages of what is due: each is put there once.

use domain::{Account, DueKind, Slots, Timestamp};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::{Error, Ports, funds, listing};

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Walked {
    /// The number of the account that was put there last.
    upto: u64,
    /// The last account there was when this version began.
    last: u64,
}

/// What a part of the walk came to.
pub(super) struct Part {
    /// How many accounts could not be read; the log says why.
    pub(super) failed: u64,
    /// Whether there are more.
    pub(super) more: bool,
}

/// Puts accounts on the pages until `give_up_at`, where some are left.
///
/// # Errors
/// The store is out of reach; the next round goes on.
pub(super) async fn walk<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<Part, Error> {
    let key = keys::listed_accounts();
    let before = match ports.store().read(&key).await? {
        Some(walked) => walked,
        None => Walked { upto: 0, last: ports.store().count(keys::OPENED).await? },
    };
    let (mut upto, mut failed) = (before.upto, 0_u64);
    while upto < before.last && ports.now() < give_up_at {
        let n = upto.saturating_add(1);
        match funds::nth(ports, n).await {
            Ok(Some(account)) => list(ports, &account).await?,
            Ok(None) => {}
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => {
                ports.log(&format!("account number {n} cannot be read: {error}"));
                failed = failed.saturating_add(1);
            }
        }
        upto = n;
    }
    if upto != before.upto || before.last == 0 {
        ports.store().write(&key, &Walked { upto, ..before }).await?;
    }
    Ok(Part { failed, more: upto < before.last })
}

/// Puts an account on its page that ever had a task.
async fn list<P: Ports>(ports: &P, account: &Account) -> Result<(), Error> {
    let funds = &account.funds;
    let had_tasks = funds.archived > 0 || funds.entries.iter().any(|entry| entry.change.task().is_some());
    if had_tasks && account.due.page == 0 {
        let now = ports.now();
        let slots: Slots = [DueKind::Settle, DueKind::Ask, DueKind::Tidy].map(|kind| (kind, now)).into();
        listing::list(ports, account, &slots).await?;
    }
    Ok(())
}
