//! What must hold at every single write, whoever makes it.

use domain::limits::RESULT_LIFETIME;
use domain::{Account, Character, CharacterState, DueKind, DuePage, Entry, Task, TaskState};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::check::has_photo;
use crate::kv::short;
use crate::world::World;

#[derive(Deserialize)]
struct Stored<T> {
    body: T,
}

/// The document in a stored value.
pub fn body<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    serde_json::from_slice::<Stored<T>>(value).ok().map(|stored| stored.body)
}

/// A plain write, by this process, maybe of a while ago: the beginning of a task, a blob, or nothing to watch.
pub fn written(world: &World, key: &str, value: &[u8], process: usize) {
    match key.split(':').next() {
        Some("task") => {
            let Some(task) = body::<Task>(value) else { return world.accuse(format!("{key} is no task")) };
            world.tell(|| format!("process {process} writes {}", short(key)));
            begins(world, &task, process);
            let mut evidence = world.evidence.borrow_mut();
            if task.webhook_url.is_some() {
                evidence.to_be_told.insert(task.id.clone());
            }
            evidence.begun.push((process, task.id));
        }
        Some("result" | "weights") => {
            world.tell(|| format!("process {process} writes {}", short(key)));
            world.evidence.borrow_mut().writers.insert(key.to_owned(), process);
        }
        _ => {}
    }
}

/// A removal: of a file that somebody paid for, only with its character or after its time.
pub fn removed(world: &World, key: &str) {
    match key.split(':').collect::<Vec<_>>()[..] {
        ["result", account, task, n, _] => result_removed(world, key, (account, task, n)),
        ["photo", account, character, n, _] => {
            let kv = world.kv.borrow();
            let character = kv.value(&format!("character:{account}:{character}")).and_then(body::<Character>);
            drop(kv);
            if character.is_some_and(|of| of.state == CharacterState::Referenced && has_photo(&of, n)) {
                world.accuse(format!("{key} is removed, which pictures go by"));
            }
        }
        _ => {}
    }
}

fn result_removed(world: &World, key: &str, (account, task, n): (&str, &str, &str)) {
    let kv = world.kv.borrow();
    let Some(task) = kv.value(&format!("task:{account}:{task}")).and_then(body::<Task>) else { return };
    let deleted = task.work.character().and_then(|id| kv.value(&format!("character:{account}:{id}")));
    let deleted = deleted.and_then(body::<Character>).is_some_and(|character| character.is_deleted());
    let TaskState::Delivered { files, at } = &task.state else { return };
    let is_file = n.parse::<usize>().is_ok_and(|n| n < files.len());
    drop(kv);
    if is_file && !deleted && world.clock() < at.plus(RESULT_LIFETIME).as_millis() {
        world.accuse(format!("{key} is removed, which was delivered"));
    }
}

/// A task begins, by a process that should know whether its character is deleted.
fn begins(world: &World, task: &Task, process: usize) {
    let marked = task.work.character().and_then(|id| world.evidence.borrow().marked.get(id.as_str()).copied());
    if marked.is_some_and(|processes| process > processes) {
        world.accuse(format!("{} begins although its character was deleted", task.id));
    }
}

/// Whether a task's character is deleted, as its owner was told.
fn is_erased(world: &World, task: &Task) -> bool {
    let evidence = world.evidence.borrow();
    task.work.character().is_some_and(|id| evidence.erased.contains_key(id.as_str()))
}

/// A change of a document.
pub fn changed(world: &World, key: &str, before: Option<&[u8]>, after: &[u8]) {
    let process = world.poll.get().process;
    match key.split(':').next() {
        Some("account") => {
            // Nothing is read more often: what was read at the change before this one is not read again.
            let known = world.evidence.borrow_mut().accounts.remove(key);
            let known = known.filter(|(bytes, _)| Some(&bytes[..]) == before).map(|(_, account)| account);
            let (before, read) = (known.or_else(|| before.and_then(body)), body::<Account>(after));
            let (Some(before), Some(read)) = (before, read) else {
                return world.accuse(format!("{key} is no account"));
            };
            account(world, &before, &read);
            is_found(world, &read, None);
            world.evidence.borrow_mut().accounts.insert(key.to_owned(), (after.to_vec(), read));
        }
        Some("due") => {
            let Some(after) = body::<DuePage>(after) else { return world.accuse(format!("{key} is no page")) };
            let before = before.and_then(body::<DuePage>).unwrap_or_default();
            let changed = before.lines.iter().filter(|(id, line)| after.lines.get(*id) != Some(line));
            for (id, _) in changed {
                let account = world.kv.borrow().value(&format!("account:{id}")).and_then(body::<Account>);
                if let Some(account) = account {
                    is_found(world, &account, Some((key, &after)));
                }
            }
        }
        Some("task") => {
            let (before, after) = (before.and_then(body::<Task>), body::<Task>(after));
            let Some(after) = after else { return world.accuse(format!("{key} is no task")) };
            world.tell(|| format!("process {process}: {} is {}", short(key), after.state.as_str()));
            task(world, before.as_ref(), &after);
        }
        Some("character") => {
            let before = before.and_then(body::<Character>);
            let Some(after) = body::<Character>(after) else { return world.accuse(format!("{key} is no character")) };
            world.tell(|| format!("process {process}: {} is {}", short(key), after.state.as_str()));
            let is_open =
                |state: &CharacterState| matches!(state, CharacterState::AwaitingConsent | CharacterState::Training);
            if before.is_some_and(|before| !is_open(&before.state) && !stands(&before, &after)) {
                world.accuse(format!("{} changed after its end", after.id));
            }
            if after.is_deleted() {
                world.evidence.borrow_mut().mark(after.id.as_str());
            }
        }
        _ => {}
    }
}

fn account(world: &World, before: &Account, after: &Account) {
    let (old, new) = (&before.funds, &after.funds);
    let process = world.poll.get().process;
    for entry in new.entries.iter().filter(|entry| old.entries.last().is_none_or(|last| entry.seq > last.seq)) {
        world.tell(|| {
            let (subject, balance) = (short(entry.change.subject()), entry.balance);
            format!("process {process}: {} {} {subject}, balance {balance}", entry.change.kind(), entry.amount)
        });
    }
    if !ledger::is_balanced(new) {
        world.accuse(format!("{} is not balanced", after.id));
    }
    if new.holds.len() > world.configuration.open_tasks_max as usize {
        world.accuse(format!("{} has more open tasks than it may have", after.id));
    }
    let mut kept = old.entries.iter().filter(|entry| entry.seq > new.archived);
    if new.archived < old.archived || kept.any(|entry| !has(&new.entries, entry)) {
        world.accuse(format!("an entry of {} was lost or changed", after.id));
    }
}

/// An account with an open hold is found by the sweep: its line is open, and its tasks are asked about. The page is given where it is the one
/// that changes.
fn is_found(world: &World, account: &Account, changed: Option<(&str, &DuePage)>) {
    // Some were there before there were pages.
    if account.funds.holds.is_empty() || account.due.page == 0 {
        return;
    }
    let key = format!("due:{}", account.due.page);
    let kv = world.kv.borrow();
    let page = match changed {
        Some((other, page)) if other == key => Some(page.clone()),
        _ => kv.value(&key).and_then(body::<DuePage>),
    };
    drop(kv);
    let line = page.and_then(|page| page.lines.get(&account.id).cloned());
    let found = |line: &domain::Line| line.generation > account.due.closed && line.slots.contains_key(&DueKind::Ask);
    if !line.as_ref().is_some_and(found) {
        world.accuse(format!("{} has an open hold, and no round of the sweep will find it: {line:?}", account.id));
    }
}

/// Whether a character after the end is as it ended, or trained later by the task that claimed it, or deleted. Our copy of a model's weights
/// comes later.
fn stands(before: &Character, after: &Character) -> bool {
    if after.is_deleted() && !before.is_deleted() {
        return true;
    }
    if before.is_trained_later() && matches!(after.state, CharacterState::Ready { .. }) {
        return after.training == *before.last_training() && after.photos == before.photos;
    }
    let (before, mut after) = (&before.state, after.state.clone());
    if let (CharacterState::Ready { model: before }, CharacterState::Ready { model }) = (before, &mut after)
        && before.weights.is_none()
    {
        model.weights = None;
    }
    *before == after
}

fn has(entries: &[Entry], entry: &Entry) -> bool {
    let at = entries.binary_search_by_key(&entry.seq, |entry| entry.seq);
    at.ok().and_then(|at| entries.get(at)).is_some_and(|found| found == entry)
}

fn task(world: &World, before: Option<&Task>, after: &Task) {
    let Some(before) = before else { return };
    // Deleted, with its character or after its time, it is without what it was asked and what it made.
    if after.erased_at.and_then(|at| before.erased(at)).as_ref() == Some(after) {
        return;
    }
    if before.state.is_terminal() && before.state != after.state {
        world.accuse(format!("{} changed after its end", after.id));
    }
    // It begins as an outline of what it is asked. One write can have several changes: its end beside either of these.
    let ended = || Task { state: after.state.clone(), ..before.clone() };
    let is_same = before.work == after.work
        || before.work == after.outline().work
        || after.erased_at.and_then(|at| ended().erased(at)).is_some_and(|erased| erased.work == after.work);
    if !is_same || (&before.account, before.cost) != (&after.account, after.cost) {
        world.accuse(format!("{} became another task", after.id));
    }
    if after.retried && !before.retried {
        begins(world, after, world.poll.get().process);
    }
    if before.state == after.state {
        return;
    }
    let completed =
        matches!(after.state, TaskState::Trained { .. } | TaskState::Referenced | TaskState::Delivered { .. });
    if completed && after.heard_at >= after.deadline {
        world.accuse(format!("{} is completed after its deadline", after.id));
    }
    if matches!(after.state, TaskState::Trained { .. } | TaskState::Referenced | TaskState::Delivered { .. })
        && is_erased(world, after)
    {
        world.accuse(format!("{} is charged although its character was deleted", after.id));
    }
    if let TaskState::Delivered { files, .. } = &after.state {
        for (n, file) in files.iter().enumerate() {
            let prefix = format!("result:{}:{}:{n}:", after.account, after.id);
            let size: usize = world.kv.borrow().with_prefix(&prefix).map(|(_, chunk)| chunk.len()).sum();
            if u32::try_from(size) != Ok(file.size_bytes) {
                world.accuse(format!("file {n} of {} is delivered, and has {size} bytes", after.id));
            }
        }
    }
}
