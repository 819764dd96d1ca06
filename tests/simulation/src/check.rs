//! What was seen in a history, and what must hold when it is over and the world has calmed down.

use std::collections::{BTreeMap, BTreeSet};

use domain::limits::{IDEMPOTENCY_LIFETIME, LEDGER_PAGE_ENTRIES};
use domain::{
    Account, Change, Character, CharacterState, Entry, ProviderName, Settlement, Task, TaskId, TaskState, Work,
};
use serde::Deserialize;
use serde_json::Value;

use crate::clients::{Answer, Customer};
use crate::watch::body;
use crate::world::World;

/// A request that costs.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose account pays.
    pub account: String,
    /// Where it was sent.
    pub path: String,
    /// What was asked.
    pub body: Value,
    /// Its `Idempotency-Key`.
    pub name: Option<String>,
}

impl Asked {
    /// A customer's request.
    pub fn new(customer: &Customer, path: &str, body: Value, name: Option<String>) -> Self {
        Self { account: customer.account.clone(), path: path.to_owned(), body, name }
    }
}

/// A request that costs, and its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    asked: Asked,
    answer: Answer,
}

impl Answered {
    /// The two together.
    pub const fn new(asked: Asked, answer: Answer) -> Self {
        Self { asked, answer }
    }

    /// The task or character that was told.
    fn told(&self) -> Option<String> {
        self.answer.text("id").or_else(|| self.answer.text("character_id"))
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What was found broken on the way.
    pub broken: Vec<String>,
    /// Every task begun, and the process that began it.
    pub begun: Vec<(usize, TaskId)>,
    /// Answers to requests that cost.
    pub answered: Vec<Answered>,
    /// Grants that were acknowledged: account and name.
    pub granted: Vec<(String, String)>,
    statuses: BTreeMap<String, String>,
    processes: usize,
}

impl Evidence {
    /// A number for a process.
    pub fn next_process(&mut self) -> usize {
        self.processes += 1;
        self.processes
    }

    /// A character that an account was told is ready.
    pub fn ready_for(&self, account: &str) -> Option<String> {
        let told = self.answered.iter().filter(|answered| answered.asked.account == account);
        let mut characters = told.filter_map(|answered| answered.answer.text("character_id"));
        characters
            .find(|id| self.statuses.get(&format!("/api/v1/characters/{id}")).is_some_and(|status| status == "ready"))
    }

    /// Where everything can be polled that anybody was told of.
    pub fn paths_told(&self) -> Vec<String> {
        let path = |answered: &Answered| {
            let task = answered.answer.text("id").map(|id| format!("/api/v1/tasks/{id}"));
            task.or_else(|| answered.answer.text("character_id").map(|id| format!("/api/v1/characters/{id}")))
        };
        self.answered.iter().filter_map(path).collect()
    }

    /// The last word that was told of what is at a path, if it was the last.
    pub fn last_word(&self, path: &str) -> Option<String> {
        self.statuses.get(path).filter(|status| is_last(status)).cloned()
    }

    /// A poll, and the last word there was when it was sent: that one stands. (Of two polls at once either may be the older.)
    pub fn polled(&mut self, path: &str, last_word: Option<String>, answer: &Answer) {
        let Some(status) = answer.text("status") else { return };
        if let Some(before) = last_word.filter(|before| *before != status) {
            self.broken.push(format!("{path} was {before} and is {status}"));
        }
        if self.last_word(path).is_none() {
            self.statuses.insert(path.to_owned(), status);
        }
    }
}

fn is_last(status: &str) -> bool {
    matches!(status, "completed" | "ready" | "failed" | "canceled")
}

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
    broken.extend(told_is_charged(world, &end));
    broken.extend(requests_begin_one_task(world, &end));
    broken.extend(grants_count_once(world, &end));
    broken.extend(provider_is_asked_once(world, &end));
    broken.extend(nothing_outlives_its_time(world, &end));
    broken
}

/// A month later no photo, no picture and no answer to a request is left, of whatever became of the request, and no character that nobody
/// was told of.
fn nothing_outlives_its_time(world: &World, end: &End) -> Vec<String> {
    let kv = world.kv.borrow();
    let first = |prefix| kv.with_prefix(prefix).map(|(key, _)| format!("{key} is still there")).next();
    let left = ["photo:", "result:", "answer:", "upload:"].into_iter().filter_map(first);
    let training = end.characters.iter().filter(|character| character.state == CharacterState::Training);
    left.chain(training.map(|character| format!("{} trains for ever", character.id))).collect()
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
            (TaskState::Trained { .. }, state) => matches!(state, CharacterState::Ready { .. }),
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

/// Invariant 4: nothing is charged that the caller was not told, and what was told is there.
fn told_is_charged(world: &World, end: &End) -> Vec<String> {
    let evidence = world.evidence.borrow();
    let mut broken = Vec::new();
    for answered in &evidence.answered {
        let Answered { asked, answer } = answered;
        if answer.status >= 400 {
            let begun = evidence.begun.iter().filter(|(process, _)| *process == answer.process);
            let charged = begun.filter(|(_, task)| end.charged(task) > 0);
            broken.extend(
                charged
                    .map(|(_, task)| format!("{} was answered {} and {task} was charged", asked.path, answer.status)),
            );
            continue;
        }
        let Some(task) = answered.told().and_then(|id| task_told(end, &id)) else {
            broken.push(format!("{} was answered with what is not there: {}", asked.path, answer.json));
            continue;
        };
        let told = answer.json.pointer("/data/credits_used").and_then(Value::as_u64).unwrap_or_default();
        let charged = end.charged(&task.id);
        let completed = answer.text("status").is_some_and(|status| status == "completed");
        if charged > told || (completed && charged != told) {
            broken.push(format!("{} was told {told} credits and charged {charged}", task.id));
        }
    }
    let taken_back = evidence.statuses.iter().filter(|(_, status)| *status == "canceled");
    for path in taken_back.map(|(path, _)| path) {
        let task = path.rsplit('/').next().and_then(|id| id.parse::<TaskId>().ok());
        if let Some(task) = task.filter(|task| end.charged(task) > 0) {
            broken.push(format!("{task} was told to be canceled, and is charged"));
        }
    }
    broken
}

fn task_told<'a>(end: &'a End, id: &str) -> Option<&'a Task> {
    if let Ok(id) = id.parse::<TaskId>() {
        return end.tasks.get(&id);
    }
    let character = end.characters.iter().find(|character| character.id.as_str() == id)?;
    end.tasks.get(&character.training)
}

/// A request with an `Idempotency-Key` begins one task, and is told of that one only.
fn requests_begin_one_task(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    for entries in end.entries.values() {
        let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in entries {
            let Some(operation) = &entry.operation else { continue };
            let again = seen.insert(operation.id.as_str(), entry);
            let expires = entry.change.task().is_some();
            if again.is_some_and(|first| {
                !expires || entry.at.since(first.at) < IDEMPOTENCY_LIFETIME && entry.at >= first.at
            }) {
                broken.push(format!("entry {} repeats an operation", entry.seq));
            }
        }
    }
    let evidence = world.evidence.borrow();
    let mut told: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    for Answered { asked, answer } in &evidence.answered {
        let id = answer.text("id").or_else(|| answer.text("character_id"));
        if let (Some(name), Some(id)) = (&asked.name, id) {
            told.entry((&asked.account, name, &asked.path)).or_default().insert(id);
        }
    }
    // Clocks that jumped by a day may have ended the time a name is kept.
    let jumped = world.clock_jumped();
    broken.extend(
        told.into_iter()
            .filter(|(_, ids)| ids.len() > 1 && !jumped)
            .map(|((_, name, path), ids)| format!("{path} with the name {name} was told of {ids:?}")),
    );
    broken
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

/// A provider gets a task once, only after its hold, and what is charged for it has said to have done.
fn provider_is_asked_once(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    let gpu = world.gpu.borrow();
    let held: BTreeSet<&str> =
        end.entries().filter(|entry| entry.change.kind() == "hold").map(|entry| entry.change.subject()).collect();
    let mut jobs: BTreeMap<&str, bool> = BTreeMap::new();
    let mut submitted: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    for job in &gpu.jobs {
        let task = job.webhook.split("task=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        *jobs.entry(task).or_default() |= job.said_succeeded;
        *submitted.entry((task, job.cog.is_some())).or_default() += 1;
        if !held.contains(task) {
            broken.push(format!("the provider works for {task}, which holds nothing"));
        }
    }
    // The container does what is sent again once it is done; it is sent once more at most.
    let twice = submitted.iter().filter(|((_, is_cog), count)| **count > if *is_cog { 2 } else { 1 });
    broken.extend(twice.map(|((task, _), _)| format!("a provider works twice for {task}")));
    for task in end.tasks.values() {
        let charged = matches!(task.settlement(), Some(Settlement::Capture(amount)) if amount.amount() > 0);
        let done = jobs.get(task.id.as_str()).copied().unwrap_or_default();
        if charged && !done {
            broken.push(format!("{} is charged, and the provider did nothing", task.id));
        }
        if let (TaskState::Delivered { files, .. }, Work::Generation(asked)) = (&task.state, &task.work)
            && files.len() > usize::from(asked.num_outputs)
        {
            broken.push(format!("{} has more pictures than were asked for", task.id));
        }
    }
    broken
}
