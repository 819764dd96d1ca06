//! What must hold at every single write, whoever makes it.

use domain::{Account, Character, CharacterState, Entry, Task};
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

/// A plain write: the beginning of a task, or nothing to watch.
pub fn written(world: &World, key: &str, value: &[u8]) {
    let process = world.poll.get().process;
    if key.starts_with("task:")
        && let Some(task) = body::<Task>(value)
    {
        world.tell(|| format!("process {process} writes {}", short(key)));
        world.evidence.borrow_mut().begun.push((process, task.id));
    }
}

/// A change of a document.
pub fn changed(world: &World, key: &str, before: Option<&[u8]>, after: &[u8]) {
    let process = world.poll.get().process;
    match key.split(':').next() {
        Some("account") => {
            let (before, after) = (before.and_then(body::<Account>), body::<Account>(after));
            let (Some(before), Some(after)) = (before, after) else {
                return world.accuse(format!("{key} is no account"));
            };
            account(world, &before, &after);
        }
        Some("task") => {
            let (before, after) = (before.and_then(body::<Task>), body::<Task>(after));
            let Some(after) = after else { return world.accuse(format!("{key} is no task")) };
            world.tell(|| format!("process {process}: {} is {}", short(key), after.state.as_str()));
            task(world, before.as_ref(), &after);
        }
        Some("character") => {
            let before = before.and_then(body::<Character>).map(|character| character.state);
            let Some(after) = body::<Character>(after) else { return world.accuse(format!("{key} is no character")) };
            world.tell(|| format!("process {process}: {} is {}", short(key), after.state.as_str()));
            if before.is_some_and(|before| before != CharacterState::Training && !stands(&before, &after.state)) {
                world.accuse(format!("{} changed after its end", after.id));
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

/// Whether a state after the end is the one it ended in. Our copy of a model's weights comes later.
fn stands(before: &CharacterState, after: &CharacterState) -> bool {
    let mut after = after.clone();
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
    if before.state.is_terminal() && before.state != after.state {
        world.accuse(format!("{} changed after its end", after.id));
    }
    if (&before.account, before.cost, &before.work) != (&after.account, after.cost, &after.work) {
        world.accuse(format!("{} became another task", after.id));
    }
}
