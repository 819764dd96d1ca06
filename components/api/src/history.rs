//! An account's tasks, newest first. Its ledger names every task that ever held a credit, so there is no list of them to be kept.

use domain::{Account, Change, Task};
use store::keys;

use crate::openapi::NUMBER_MAX;
use crate::wire::Request;
use crate::{Error, Ports, journal};

/// Items of an answer, where the caller does not say how many.
const LIMIT_DEFAULT: usize = 20;
/// Most items of an answer.
pub(crate) const LIMIT_MAX: u64 = 100;
/// Most tasks that are looked at for one answer: where few of many are wanted, a page can be short, and the next one goes on.
const TASKS_MAX: usize = 300;
/// Entries that are read at once.
const ENTRIES: usize = 64;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// How many items at most.
    pub(crate) limit: usize,
    /// Only what has a smaller number.
    pub(crate) before: u64,
}

impl Range {
    /// What a caller asks for: `limit`, and the `cursor` of the answer before.
    ///
    /// # Errors
    /// [`crate::Code::InvalidRequest`].
    pub(crate) fn wanted(request: &Request) -> Result<Self, Error> {
        let limit = request.number("limit", 1, LIMIT_MAX)?.and_then(|limit| usize::try_from(limit).ok());
        let before = request.number("cursor", 1, NUMBER_MAX)?;
        Ok(Self { limit: limit.unwrap_or(LIMIT_DEFAULT), before: before.unwrap_or(u64::MAX) })
    }
}

/// Some of a list, and where the next part begins; nothing where there is none.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<u64>,
}

/// The tasks in that range that are `wanted`, as they are stored.
pub(crate) async fn tasks<P: Ports>(
    ports: &P,
    account: &Account,
    range: Range,
    wanted: impl Fn(&Task) -> bool,
) -> Result<Page<Task>, Error> {
    let (mut items, mut looked, mut before) = (Vec::new(), 0_usize, range.before);
    loop {
        let entries = journal::latest(ports, &account.id, &account.funds, before, ENTRIES).await?;
        if entries.is_empty() {
            return Ok(Page { items, next: None });
        }
        for entry in entries {
            before = entry.seq;
            let Change::Hold { task } = &entry.change else { continue };
            looked = looked.saturating_add(1);
            items.extend(ports.store().load(&keys::task(&account.id, task)).await?.filter(&wanted));
            if items.len() >= range.limit || looked >= TASKS_MAX {
                return Ok(Page { items, next: Some(before).filter(|seq| *seq > 1) });
            }
        }
    }
}
