//! An account's tasks, newest first. Its ledger names every task that ever held a credit, so there is no list of them to be kept.

use domain::{Account, Change, Entry, Task, TaskId, Timestamp};
use store::keys;

use crate::{Error, Ports, journal};

/// Most tasks that are looked at for one answer: where few of many are wanted, a page can be short, and the next one goes on.
const TASKS_MAX: usize = 300;
/// Entries that are read at once.
const ENTRIES: usize = 64;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// How many items at most.
    pub limit: usize,
    /// Only what has a smaller number.
    pub before: u64,
}

/// Some of a list, and where the next part begins; nothing where there is none.
#[derive(Debug)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next: Option<u64>,
}

/// The tasks in that range that are `wanted`, as they are stored.
///
/// # Errors
/// What the store answers.
pub async fn tasks<P: Ports>(
    ports: &P,
    account: &Account,
    range: Range,
    wanted: impl Fn(&Task) -> bool,
) -> Result<Page<Task>, Error> {
    let Page { items, next } = held(ports, account, range, wanted).await?;
    Ok(Page { items: items.into_iter().map(|(_, task)| task).collect(), next })
}

/// The same tasks, each with the entry that held its credits.
///
/// # Errors
/// As [`tasks`].
pub async fn held<P: Ports>(
    ports: &P,
    account: &Account,
    range: Range,
    wanted: impl Fn(&Task) -> bool,
) -> Result<Page<(Entry, Task)>, Error> {
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
            let task = ports.store().load(&keys::task(&account.id, task)).await?.filter(&wanted);
            items.extend(task.map(|task| (entry, task)));
            if items.len() >= range.limit || looked >= TASKS_MAX {
                return Ok(Page { items, next: Some(before).filter(|seq| *seq > 1) });
            }
        }
    }
}

/// The entry that held a task's credits, at `since` or later.
///
/// # Errors
/// What the store answers.
pub async fn hold_of<P: Ports>(
    ports: &P,
    account: &Account,
    id: &TaskId,
    since: Timestamp,
) -> Result<Option<Entry>, Error> {
    let mut before = u64::MAX;
    loop {
        let entries = journal::latest(ports, &account.id, &account.funds, before, ENTRIES).await?;
        let Some(oldest) = entries.last().map(|entry| (entry.seq, entry.at)) else { return Ok(None) };
        let is_its = |entry: &Entry| matches!(&entry.change, Change::Hold { task } if task == id);
        if let Some(found) = entries.into_iter().find(is_its) {
            return Ok(Some(found));
        }
        if oldest.1 < since {
            return Ok(None);
        }
        before = oldest.0;
    }
}

/// The task that an entry settled, if it is one that does.
///
/// # Errors
/// What the store answers.
pub async fn settled<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<Option<Task>, Error> {
    let Some(id) = ledger::audit::settled_task(entry) else { return Ok(None) };
    Ok(ports.store().load(&keys::task(&account.id, id)).await?)
}
