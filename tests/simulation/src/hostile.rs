//! One customer with everything against everybody: messages to a server that never answers, tasks at a provider that never answers, a document
//! that cannot be read, thousands of accounts beside them. Nobody else waits, pays or loses.
#![expect(clippy::indexing_slicing, reason = "the world that is made here has what is looked for in it")]

mod turns;

use domain::{Account, PendingDelivery, Task, TaskId, Timestamp};
use http::Method;
use serde_json::json;
use store::keys;

use crate::clients::{Customer, Exchange, spawn};
use crate::history::configuration;
use crate::kv;
use crate::owners;
use crate::round::{DAY_MS, MINUTE_MS, Round};

/// How often the operator sweeps.
const INTERVAL_MS: i64 = 5 * MINUTE_MS;
/// Longest request that every platform allows.
const REQUEST_MS_MAX: i64 = 30_000;
/// Messages to the server that never answers: as many as can wait.
const MESSAGES: u128 = 300;
/// Accounts that have nothing.
const IDLE: u64 = 1_000;
/// Effects of a round that finds nothing due: a page, counters and marks.
const IDLE_EFFECTS_MAX: usize = 41;
/// Orders that begin beside a round of the sweep.
const RACES: usize = 60;
const HOSTILE: usize = 0;
const HONEST: usize = 1;
/// Others who are honest, and have credits held past their deadline.
const OTHERS: [usize; 2] = [3, 4];
/// Whose account's document cannot be read any more.
const UNREADABLE: usize = 2;

/// Lives through all of it; says what is broken.
pub fn live() -> Vec<String> {
    let mut broken = beside_a_hostile_customer();
    broken.extend(asked_sparingly());
    broken.extend(late_success_is_removed());
    broken.extend(two_rounds_share_the_work());
    broken.extend(lines_close_while_credits_are_held());
    broken.extend(turns::live());
    broken
}

fn round() -> Round {
    Round::with(lifecycle::Config { due_pages: 1, ..configuration(10, "replicate") })
}

/// Orders a picture; returns the task.
fn order(round: &mut Round, customer: usize, webhook_url: &str) -> String {
    let Customer { key, character, .. } = round.customers[customer].clone();
    let path = format!("/api/v1/characters/{character}/generate");
    let body = json!({ "prompt": "at the sea", "num_outputs": 1, "webhook_url": webhook_url });
    round.send(&key, Method::POST, &path, &body).text("id").unwrap_or_default()
}

/// Sweeps as often as the operator's script does, and says how long the longest request took.
fn sweep(round: &mut Round) -> i64 {
    let mut longest = 0;
    for _ in 0..20 {
        let began = round.world.time.get();
        let answer = round.sweep();
        longest = longest.max(round.world.time.get() - began);
        if answer.number("next_cursor").is_none() {
            break;
        }
    }
    longest
}

fn beside_a_hostile_customer() -> Vec<String> {
    let (mut round, mut broken) = (round(), Vec::new());
    round.join(3);
    idle_accounts(&round);
    let told = order(&mut round, HONEST, &owners::told_the_second_time());
    order(&mut round, HOSTILE, &owners::never_told());
    round.pass(MINUTE_MS);
    messages(&round);
    round.world.gpu.borrow_mut().is_mute = true;
    let overdue = [HONEST, OTHERS[0], OTHERS[1]].map(|who| (who, order(&mut round, who, &owners::told_at_once())));
    order(&mut round, UNREADABLE, &owners::told_at_once());
    round.spoil(keys::account(&round.account(UNREADABLE).id).as_str());
    for _ in 0..9 {
        order(&mut round, HOSTILE, &owners::never_told());
    }
    round.world.gpu.borrow_mut().is_hanging = true;
    let ends = overdue.iter().map(|(who, task)| round.task(*who, task).deadline.as_millis());
    let deadline = ends.max().unwrap_or_default();
    while round.world.time.get() < deadline {
        let rest = deadline - round.world.time.get();
        round.pass(INTERVAL_MS.min(rest.max(1)));
        let longest = sweep(&mut round);
        if longest > REQUEST_MS_MAX {
            broken.push(format!("a round takes {longest} ms"));
        }
    }
    round.pass(INTERVAL_MS);
    sweep(&mut round);
    for (who, task) in &overdue {
        if round.account(*who).funds.holds.keys().any(|id| id.as_str() == task) {
            broken.push(format!("the overdue hold of customer {who} waits for somebody else"));
        }
    }
    if round.told(&told) == 0 {
        broken.push("a message waits for somebody else's".to_owned());
    }
    broken.extend(idle_again(&mut round));
    broken.extend(round.world.evidence.borrow().broken.clone());
    broken
}

/// Accounts that have nothing cost nothing.
fn idle_again(round: &mut Round) -> Option<String> {
    round.world.gpu.borrow_mut().is_hanging = false;
    for _ in 0..40 {
        round.pass(DAY_MS);
        sweep(round);
    }
    let before = round.executor.polls();
    round.sweep();
    let effects = round.executor.polls() - before;
    (effects > IDLE_EFFECTS_MAX).then(|| format!("{effects} steps of a round that finds nothing due"))
}

fn idle_accounts(round: &Round) {
    let mut kv = round.world.kv.borrow_mut();
    // They are of this version: no walk over earlier ones' looks at each.
    let all = IDLE + u64::try_from(round.customers.len()).unwrap_or_default();
    let walked = json!({ "v": 1, "body": { "upto": all, "last": all } });
    kv.set(keys::listed_accounts::<()>().as_str(), walked.to_string().as_bytes());
    for n in 0..IDLE {
        let id = domain::AccountId::from_random((u128::from(n) << 64).to_be_bytes());
        let account = Account::new(id.clone(), "idle".to_owned(), Timestamp::from_millis(0), ledger::open(&id));
        kv::place(&mut kv, keys::account(&id).as_str(), &account);
        let number = kv::next_account(&mut kv);
        kv::place(&mut kv, keys::opened(number).as_str(), &id);
    }
}

/// Hundreds of messages that are due, to a server that never answers.
fn messages(round: &Round) {
    let mut account = round.account(HOSTILE);
    let now = Timestamp::from_millis(round.world.clock());
    let Some(like) = account.deliveries.keys().next().cloned() else { return };
    let like = round.task(HOSTILE, like.as_str());
    let mut kv = round.world.kv.borrow_mut();
    for n in 0..MESSAGES {
        let id = TaskId::from_random(n.to_be_bytes());
        let task = Task { id: id.clone(), ..like.clone() };
        kv::place(&mut kv, keys::task(&account.id, &id).as_str(), &task);
        account.deliveries.insert(id, PendingDelivery::at_once(now));
    }
    kv::place(&mut kv, keys::account(&account.id).as_str(), &account);
}

/// Whoever polls, however often: a provider is asked every 20 s. That it does not know a job it took is asked again.
fn asked_sparingly() -> Vec<String> {
    let (mut round, mut broken) = (round(), Vec::new());
    round.world.gpu.borrow_mut().is_mute = true;
    let task = order(&mut round, HONEST, &owners::told_at_once());
    round.pass(30_000);
    round.world.gpu.borrow_mut().forgets = 1;
    let key = round.customers[HONEST].key.clone();
    let path = format!("/api/v1/tasks/{task}");
    let answer = round.send(&key, Method::GET, &path, &json!({}));
    if answer.text("status").as_deref() != Some("processing") {
        broken.push("a provider that does not know a job is believed at once".to_owned());
    }
    for _ in 0..10 {
        round.pass(1_000);
        round.send(&key, Method::GET, &path, &json!({}));
    }
    let asked = round.world.gpu.borrow().asked;
    if asked > 1 {
        broken.push(format!("a provider is asked {asked} times within 20 s"));
    }
    round.pass(30_000);
    let answer = round.send(&key, Method::GET, &path, &json!({}));
    if answer.text("status").as_deref() != Some("completed") {
        broken.push(format!("a job that was not known once is lost: {}", answer.json));
    }
    broken
}

/// What a provider made for a training that was given up is removed there.
fn late_success_is_removed() -> Vec<String> {
    let mut round = round();
    round.world.gpu.borrow_mut().is_mute = true;
    let (_, training) = round.train(HONEST);
    round.world.gpu.borrow_mut().is_hanging = true;
    round.pass(61 * MINUTE_MS);
    sweep(&mut round);
    let mut broken = Vec::new();
    if !round.task(HONEST, &training).state.is_terminal() {
        broken.push("a training goes on past its deadline".to_owned());
    }
    round.world.gpu.borrow_mut().is_hanging = false;
    for _ in 0..6 {
        round.pass(INTERVAL_MS);
        sweep(&mut round);
    }
    if round.world.gpu.borrow().deleted_models.is_empty() {
        broken.push("what a training made that was given up stays at its provider".to_owned());
    }
    broken
}

/// Orders that begin while the sweep closes the line of what came before: every hold is found.
fn lines_close_while_credits_are_held() -> Vec<String> {
    let mut round = round();
    for _ in 0..RACES {
        let Customer { key, .. } = round.customers[HONEST].clone();
        let exchange = Exchange::new(&round.world, &key);
        spawn(&round.world, async move {
            let body = json!({ "model": "songs", "input": { "prompt": "rain" } });
            drop(exchange.send(Method::POST, "/api/v1/generate", Some(&body), &[("prefer", "respond-async")]).await);
        });
        round.sweep_at_once(2);
        round.pass(2 * MINUTE_MS);
    }
    round.world.evidence.borrow().broken.clone()
}

/// Rounds at once send a message once: to a server that does not answer, so that the others come while the first waits for it.
fn two_rounds_share_the_work() -> Vec<String> {
    let mut round = round();
    let told = order(&mut round, HONEST, &owners::never_told());
    round.pass(2 * MINUTE_MS);
    let before = round.world.owners.borrow().attempts.get(&told).copied().unwrap_or_default();
    round.sweep_at_once(3);
    let after = round.world.owners.borrow().attempts.get(&told).copied().unwrap_or_default();
    let broken = (after != before + 1).then(|| format!("three rounds at once send a message {} times", after - before));
    broken.into_iter().collect()
}
