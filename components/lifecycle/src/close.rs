//! The end of an account: everything of its characters, one after the other; then its other tasks, its uploads, and what it was called. Its
//! ledger stays.

use std::time::Duration;

use domain::{Account, AccountId, CharacterId, Task, TaskId, Timestamp};
use store::{Decision, keys};

use crate::erase;
use crate::erase::task::Erased;
use crate::history::{self, Range};
use crate::{Error, Ports, cancel, funds, shelf};

/// After this long nothing else is begun with; what is begun with has its own time.
const TIME_MAX: Duration = Duration::from_secs(8);
/// Tasks that are looked at before it is written down how far this came.
const TASKS_AT_ONCE: usize = 20;
/// Things that one answer tells of, at most.
const REMAINS_MAX: usize = 200;

/// How far it came.
#[derive(Debug, Default)]
pub struct Closed {
    /// Characters gone over.
    pub characters: u64,
    /// Other tasks whose files and prompts were removed.
    pub tasks: u64,
    /// What stays of them, the first 200.
    pub remains: Vec<Remains>,
    /// Whether a repetition could remove more of those.
    pub again: bool,
    /// Where to go on; nothing when all were gone over.
    pub next: Option<u64>,
}

/// Something that stays.
#[derive(Debug)]
pub struct Remains {
    /// The character it is of, where it is of one.
    pub character: Option<CharacterId>,
    /// The task it is of otherwise.
    pub task: Option<TaskId>,
    /// What.
    pub object: &'static str,
    /// Why.
    pub reason: String,
}

impl Closed {
    fn note(&mut self, remains: Remains) {
        if self.remains.len() < REMAINS_MAX {
            self.remains.push(remains);
        }
    }
}

/// Deletes what an account has, from its character number `first` on.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn close<P: Ports>(ports: &P, account: &AccountId, first: u64) -> Result<Closed, Error> {
    close_until(ports, account, first, ports.now().plus(TIME_MAX)).await
}

async fn close_until<P: Ports>(
    ports: &P,
    account: &AccountId,
    first: u64,
    give_up_at: Timestamp,
) -> Result<Closed, Error> {
    let mut closed = Closed::default();
    let last = ports.store().count(keys::characters(account)).await?;
    for n in first..=last {
        if n > first && ports.now() >= give_up_at {
            closed.next = Some(n);
            return Ok(closed);
        }
        character(ports, account, n, &mut closed).await?;
    }
    if !tasks(ports, account, give_up_at, &mut closed).await? {
        closed.next = Some(last.saturating_add(1));
        return Ok(closed);
    }
    shelf::clear(ports, account).await?;
    forget(ports, account).await?;
    Ok(closed)
}

async fn character<P: Ports>(ports: &P, account: &AccountId, n: u64, closed: &mut Closed) -> Result<(), Error> {
    // A number without a character was given to a request that died.
    let Some(id) = ports.store().read(&keys::listed(account, n)).await? else { return Ok(()) };
    let Some(character) = ports.store().load(&keys::character(account, &id)).await? else { return Ok(()) };
    let report = erase::erase(ports, character).await?;
    closed.characters = closed.characters.saturating_add(1);
    closed.again |= !report.is_complete();
    for object in report.objects {
        if let Some(reason) = object.outcome.reason() {
            let character = Some(report.character.clone());
            closed.note(Remains { character, task: None, object: object.name, reason });
        }
    }
    Ok(())
}

/// Deletes the tasks that are left, the newest first; whether that was all. How far it came is on record.
async fn tasks<P: Ports>(
    ports: &P,
    account: &AccountId,
    give_up_at: Timestamp,
    closed: &mut Closed,
) -> Result<bool, Error> {
    let known = funds::document(ports, account).await?;
    let is_left = |task: &Task| task.erased_at.is_none() || task.may_go_on();
    let reached = keys::closing(account);
    let mut before = ports.store().read(&reached).await?.unwrap_or(u64::MAX);
    loop {
        let page = history::tasks(ports, &known, Range { limit: TASKS_AT_ONCE, before }, is_left).await?;
        for task in page.items {
            if ports.now() >= give_up_at {
                return Ok(false);
            }
            end(ports, task, closed).await?;
        }
        let Some(next) = page.next else { break };
        ports.store().write(&reached, &next).await?;
        before = next;
    }
    ports.store().remove(&reached).await?;
    // Nothing new begins, but what was under way when the account was suspended may have.
    let (known, newest) = (funds::document(ports, account).await?, Range { limit: 1, before: u64::MAX });
    let begun = history::tasks(ports, &known, newest, |task| task.erased_at.is_none()).await?;
    Ok(begun.items.is_empty())
}

/// Deletes a task, which is canceled first where it is under way.
async fn end<P: Ports>(ports: &P, task: Task, closed: &mut Closed) -> Result<(), Error> {
    let task = cancel::cancel(ports, task).await?;
    let Some(Erased { task, at_provider, .. }) = erase::task::erase(ports, task).await? else { return Ok(()) };
    closed.tasks = closed.tasks.saturating_add(1);
    closed.again |= at_provider.again();
    if let Some(reason) = at_provider.reason() {
        closed.note(Remains { character: None, task: Some(task.id), object: "task", reason });
    }
    Ok(())
}

/// Leaves nothing in the account's document that says whose it was.
async fn forget<P: Ports>(ports: &P, account: &AccountId) -> Result<(), Error> {
    let key = keys::account(account);
    let update = ports.store().update(&key, |current: &Account| {
        let mut nobody = Account { name: String::new(), ..current.clone() };
        nobody.keys.iter_mut().for_each(|key| key.label.clear());
        if *current == nobody { Decision::Keep(()) } else { Decision::Write(nobody, ()) }
    });
    Ok(update.await?)
}

#[cfg(test)]
mod tests;
