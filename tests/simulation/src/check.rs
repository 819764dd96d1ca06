//! What must hold when a history is over and the world has calmed down.

mod erased;
mod messages;
mod providers;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use domain::limits::LEDGER_PAGE_ENTRIES;
use domain::{Account, Change, Character, CharacterState, DuePage, Entry, ProviderName, Task, TaskId, TaskState};
use serde::Deserialize;

pub use erased::nothing_is_left_of_the_deleted;

use crate::takedowns;
use crate::watch::body;
use crate::world::World;

/// Everything there is at the end.
struct End {
    accounts: Vec<Account>,
    tasks: BTreeMap<TaskId, Task>,
    characters: Vec<Character>,
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Plain {
    body: Vec<Entry>,
}

/// The record of where a file is that was made here.
#[derive(Deserialize)]
struct Name {
    body: String,
}

impl End {
    fn of(world: &World) -> Self {
        let kv = world.kv.borrow();
        let accounts: Vec<Account> = kv.with_prefix("account:").filter_map(|(_, value)| body(value)).collect();
        let tasks = kv.with_prefix("task:").filter_map(|(_, value)| body::<Task>(value));
        let tasks = tasks.map(|task| (task.id.clone(), task)).collect();
        let characters = kv.with_prefix("character:").filter_map(|(_, value)| body(value)).collect();
        let entries = accounts.iter().map(|account| {
            let page = |page: u64| kv.value(&format!("ledger:{}:{page}", account.id));
            let pages = (0..account.funds.archived / LEDGER_PAGE_ENTRIES as u64).filter_map(page);
            let archived =
                pages.filter_map(|value| serde_json::from_slice::<Plain>(value).ok()).flat_map(|plain| plain.body);
            (account.id.to_string(), archived.chain(account.funds.entries.iter().cloned()).collect())
        });
        let entries = entries.collect();
        Self { accounts, tasks, characters, entries }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().flatten()
    }

    /// The number of the entry that held a task's credits; after all others where there is none.
    fn held_at(&self, task: &Task) -> u64 {
        let is_its = |entry: &&Entry| entry.change == Change::Hold { task: task.id.clone() };
        self.entries().find(is_its).map_or(u64::MAX, |entry| entry.seq)
    }

    /// What was charged for a task.
    fn charged(&self, task: &TaskId) -> u64 {
        let captures = self.entries().filter(|entry| entry.change == Change::Capture { task: task.clone() });
        captures.map(|entry| entry.amount.amount()).sum()
    }
}

/// Asks for every invariant. The world is calm, and everything was swept.
pub fn invariants(world: &World) -> Vec<String> {
    let end = End::of(world);
    let mut broken = world.evidence.borrow().broken.clone();
    for account in &end.accounts {
        broken.extend(keys_are_listed_once(account));
        broken.extend(ledger_adds_up(account, end.entries.get(account.id.as_str()).map_or(&[], Vec::as_slice)));
    }
    broken.extend(tasks_are_settled_once(&end));
    broken.extend(told::told_is_charged(world, &end));
    broken.extend(told::requests_begin_one_task(world, &end));
    broken.extend(grants_count_once(world, &end));
    broken.extend(providers::each_is_asked_once(world, &end));
    broken.extend(providers::what_is_charged_was_made(world, &end));
    broken.extend(messages::owners_are_told(world, &end));
    broken.extend(nothing_outlives_its_time(world, &end));
    broken.extend(nothing_is_due(world, &end));
    broken.extend(what_nobody_finds_tells_nothing(&end));
    broken.extend(takedowns::left_open(world));
    broken.extend(digests_go_with_their_tasks(world, &end));
    broken
}

/// An account without anything open or kept costs the sweep nothing.
fn nothing_is_due(world: &World, end: &End) -> Vec<String> {
    let kv = world.kv.borrow();
    let pages = kv.with_prefix("due:").filter_map(|(_, value)| body::<DuePage>(value));
    let lines = pages.flat_map(|page| page.lines).map(|(id, line)| format!("{id} is due for ever: {line:?}"));
    let stops = end.accounts.iter().flat_map(|account| account.stops.keys());
    lines.chain(stops.map(|task| format!("{task} is to be stopped for ever"))).collect()
}

/// A month later no photo, no picture, no answer to a request and no word on a message is left, of whatever became of the request, and no
/// character that nobody was told of.
fn nothing_outlives_its_time(world: &World, end: &End) -> Vec<String> {
    let kv = world.kv.borrow();
    // References stay with their character.
    let stays = |key: &str| {
        let ["photo", _, character, n, _] = key.split(':').collect::<Vec<_>>()[..] else { return false };
        let found = end.characters.iter().find(|known| known.id.as_str() == character);
        found.is_some_and(|character| character.state == CharacterState::Referenced && has_photo(character, n))
    };
    // A clock that jumps by a day ends the time of an upload before a write of half a minute ago takes effect.
    let evidence = world.evidence.borrow();
    let late = |key: &str| world.clock_jumped() && key.starts_with("photo:") && evidence.late.contains(key);
    let first = |prefix| {
        let mut left = kv.with_prefix(prefix).filter(|(key, _)| !stays(key) && !late(key));
        left.next().map(|(key, _)| format!("{key} is still there"))
    };
    let left = ["photo:", "result:", "answer:", "upload:", "photos:", "delivery:", "consents:", "answers:", "ordered:"]
        .into_iter()
        .filter_map(first);
    let training = end
        .characters
        .iter()
        .filter(|character| matches!(character.state, CharacterState::Training | CharacterState::AwaitingConsent));
    let claimed = end.characters.iter().filter(|character| character.is_trained_later());
    left.chain(training.map(|character| format!("{} trains for ever", character.id)))
        .chain(claimed.map(|character| format!("{} is claimed by a training for ever", character.id)))
        .collect()
}

/// A task that never held credits is in no ledger, so nobody would ever remove what it was asked.
fn what_nobody_finds_tells_nothing(end: &End) -> Vec<String> {
    let held: BTreeSet<&TaskId> = end.entries().filter_map(|entry| entry.change.task()).collect();
    let lost = end.tasks.values().filter(|task| !held.contains(&task.id));
    let telling = lost.filter(|task| **task != task.outline());
    telling.map(|task| format!("{} never held credits, and tells what it was asked", task.id)).collect()
}

/// No file is found by its bytes once it is gone what was asked for it. A record of a task that did not deliver it finds nothing: whoever was to
/// remove it died.
fn digests_go_with_their_tasks(world: &World, end: &End) -> Vec<String> {
    let kv = world.kv.borrow();
    let delivered = |name: &str| {
        let (_, task, ..) = lifecycle::links::parse_result(name)?;
        end.tasks.get(&task).filter(|task| matches!(task.state, TaskState::Delivered { .. }))
    };
    let names = kv.with_prefix("made:").filter_map(|(_, value)| serde_json::from_slice::<Name>(value).ok());
    let left = names.map(|name| name.body).filter(|name| delivered(name).is_some());
    left.map(|name| format!("{name} is found by its bytes for ever")).collect()
}

/// Whether a character has a photo under this number.
pub fn has_photo(character: &Character, n: &str) -> bool {
    n.parse::<usize>().is_ok_and(|n| n < character.photos.len())
}

/// Invariant 1: granted = balance + held + spent, and the entries say so.
fn ledger_adds_up(account: &Account, entries: &[Entry]) -> Vec<String> {
    let mut walk = ledger::chain::Walk::new(&account.id);
    let mut flaws: Vec<_> = entries.iter().flat_map(|entry| walk.step(entry)).collect();
    flaws.extend(walk.finish(&account.funds));
    let stuck = account.funds.holds.keys().map(|task| format!("{task} holds credits for ever"));
    flaws.iter().map(|flaw| format!("{}: {flaw}", account.id)).chain(stuck).collect()
}

/// A key is listed once: where its making is done twice, so is everything else that goes the same way.
fn keys_are_listed_once(account: &Account) -> Option<String> {
    let digests: BTreeSet<&str> = account.keys.iter().map(|key| key.digest.as_str()).collect();
    (digests.len() < account.keys.len()).then(|| format!("{} lists a key twice", account.id))
}

/// Invariants 2 and 3: every task that held credits has ended, and was settled once, as it ended; its character followed.
fn tasks_are_settled_once(end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    let mut settled: BTreeMap<&TaskId, u32> = BTreeMap::new();
    for entry in end.entries() {
        let Some(id) = ledger::audit::settled_task(entry) else { continue };
        *settled.entry(id).or_default() += 1;
        broken.extend(ledger::audit::settlement(entry, end.tasks.get(id)).map(|found| found.to_string()));
    }
    let held = end.entries().filter_map(|entry| match &entry.change {
        Change::Hold { task } => Some(task),
        _ => None,
    });
    for id in held {
        let times = settled.get(id).copied().unwrap_or_default();
        if times != 1 {
            broken.push(format!("{id} was settled {times} times"));
        }
        if end.tasks.get(id).is_some_and(|task| !task.state.is_terminal()) {
            broken.push(format!("{id} never ended"));
        }
    }
    for character in &end.characters {
        let Some(task) = end.tasks.get(&character.training) else { continue };
        let agrees = match (&task.state, &character.state) {
            (_, CharacterState::Deleted { .. }) => true,
            (TaskState::Trained { .. }, state) => matches!(state, CharacterState::Ready { .. }),
            (TaskState::Referenced, state) => *state == CharacterState::Referenced,
            (TaskState::Failed { .. } | TaskState::Canceled, state) => matches!(state, CharacterState::Failed { .. }),
            _ => true,
        };
        if !agrees {
            broken.push(format!("{} did not follow its training", character.id));
        }
    }
    broken.extend(end.characters.iter().filter_map(model_is_its_providers));
    broken
}

/// A model is named as its provider names them: Replicate by a version, the container by an address.
fn model_is_its_providers(character: &Character) -> Option<String> {
    let CharacterState::Ready { model } = &character.state else { return None };
    let is_address = model.name.starts_with("https://");
    let wrong = is_address != (model.provider == ProviderName::Cog);
    wrong.then(|| format!("{} has a model of {}, which names none so", character.id, model.provider))
}

/// Every grant counts once, and none that was acknowledged is missing.
fn grants_count_once(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    for (account, name) in &world.evidence.borrow().granted {
        let entries = end.entries.get(account).map_or(&[][..], Vec::as_slice);
        let change = Change::Grant { id: name.clone() };
        let times = entries.iter().filter(|entry| entry.change == change).count();
        if times != 1 {
            broken.push(format!("the grant {name} of {account} counts {times} times"));
        }
    }
    broken
}
