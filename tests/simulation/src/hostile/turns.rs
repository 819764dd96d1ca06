//! Whose turn it is in one round of the sweep: credits that are held too long come first, nobody has more than a share of the time, and what is
//! silent or broken is left for a while.

use domain::{Account, PendingDelivery, Task, TaskId, Timestamp};
use http::Method;
use serde_json::json;
use store::keys;

use super::{HONEST, HOSTILE, REQUEST_MS_MAX, UNREADABLE, order, round};
use crate::clients::{Exchange, spawn};
use crate::kv;
use crate::orders;
use crate::owners;
use crate::round::{DAY_MS, MINUTE_MS, Round};
use crate::world::{Mishap, Plan};

/// Servers that never answer, each a host of its own, that one customer wants to be told at.
const SILENT_HOSTS: u16 = 12;
/// Customers who are asked about at a provider that does not answer: more than a round works for at once.
const IN_TRAINING: usize = 10;
/// Customers who want to be told at one and the same server that never answers.
const AT_ONE_HOST: usize = 20;
/// How long after its beginning a round has settled what is overdue, before it waits for anybody.
const SETTLED_WITHIN_MS: i64 = 3_000;
/// How far off a clock is that was set wrong.
const CLOCK_OFF_MS: i64 = 10 * DAY_MS;

/// Lives through one round after the other; says what is broken.
pub(super) fn live() -> Vec<String> {
    let mut broken = what_failed_is_left_for_a_while();
    broken.extend(one_customer_has_a_share());
    broken.extend(what_is_overdue_comes_first());
    broken.extend(a_silent_host_is_left());
    broken.extend(a_time_far_ahead_is_not_believed());
    broken.extend(photos_wait_for_no_file());
    broken
}

/// Messages to many servers that never answer take a share of a round.
fn one_customer_has_a_share() -> Option<String> {
    let mut round = round();
    order(&mut round, HOSTILE, &owners::never_told());
    messages_to_silent_hosts(&round);
    round.pass(5 * MINUTE_MS);
    let began = round.world.time.get();
    round.sweep();
    let took = round.world.time.get() - began;
    (took > REQUEST_MS_MAX).then(|| format!("a round takes {took} ms for one customer's messages"))
}

/// What is overdue is settled before anybody is asked for anything, however many wait for a provider that is silent.
fn what_is_overdue_comes_first() -> Option<String> {
    let mut round = round();
    round.join(IN_TRAINING);
    round.world.gpu.borrow_mut().is_mute = true;
    for customer in 2..round.customers.len() {
        round.train(customer);
    }
    let overdue = order(&mut round, HONEST, &owners::told_at_once());
    round.world.gpu.borrow_mut().is_hanging = true;
    round.pass(round.task(HONEST, &overdue).deadline.as_millis() - round.world.time.get());
    let began = round.world.time.get();
    round.sweep();
    let funds = round.account(HONEST).funds;
    let settled = funds.entries.last().map(|entry| entry.at.as_millis() - began).unwrap_or_default();
    let waits = !funds.holds.is_empty() || settled > SETTLED_WITHIN_MS;
    waits.then(|| format!("an overdue hold waits for others: it is settled after {settled} ms of a round"))
}

/// Messages that are due, each to a server that never answers.
fn messages_to_silent_hosts(round: &Round) {
    let mut account: Account = round.account(HOSTILE);
    let now = Timestamp::from_millis(round.world.clock());
    let Some(like) = account.deliveries.keys().next().cloned() else { return };
    let like = round.task(HOSTILE, like.as_str());
    let mut kv = round.world.kv.borrow_mut();
    for n in 0..SILENT_HOSTS {
        let id = TaskId::from_random(u128::from(n).to_be_bytes());
        let webhook_url = Some(format!("https://{}:{}/tarpit", owners::TARPIT_HOST, 8_000 + n));
        kv::place(
            &mut kv,
            keys::task(&account.id, &id).as_str(),
            &Task { id: id.clone(), webhook_url, ..like.clone() },
        );
        account.deliveries.insert(id, PendingDelivery::at_once(now));
    }
    kv::place(&mut kv, keys::account(&account.id).as_str(), &account);
}

/// A server that does not answer twice keeps nobody after that in the same round, however many want to be told there.
fn a_silent_host_is_left() -> Option<String> {
    let mut round = round();
    round.join(AT_ONE_HOST);
    for customer in 2..round.customers.len() {
        order(&mut round, customer, &owners::never_told());
    }
    let told = order(&mut round, HONEST, &owners::told_the_second_time());
    // All are due by then, hers after all others.
    round.pass(10 * MINUTE_MS);
    round.sweep();
    let waits = round.told(&told) == 0;
    waits.then(|| "a message waits for a server that was silent for others".to_owned())
}

/// What cannot be looked at is left for a while, and keeps no other in the same round.
fn what_failed_is_left_for_a_while() -> Vec<String> {
    let (mut round, mut broken) = (round(), Vec::new());
    round.join(1);
    let told = order(&mut round, HONEST, &owners::told_the_second_time());
    round.world.gpu.borrow_mut().is_mute = true;
    order(&mut round, UNREADABLE, &owners::told_at_once());
    round.spoil(keys::account(&round.account(UNREADABLE).id).as_str());
    round.pass(10 * MINUTE_MS);
    round.sweep();
    if round.told(&told) == 0 {
        broken.push("a message waits for what cannot be read".to_owned());
    }
    if round.sweep().number("failed") != Some(0) {
        broken.push("what cannot be read is looked at again at once".to_owned());
    }
    broken
}

/// A clock that was far ahead wrote on a line when to look at it: it is looked at all the same.
fn a_time_far_ahead_is_not_believed() -> Option<String> {
    let mut round = round();
    round.world.gpu.borrow_mut().is_mute = true;
    round.world.clock_off.set(CLOCK_OFF_MS);
    let task = order(&mut round, HONEST, &owners::told_at_once());
    round.world.clock_off.set(0);
    // The first finds the line and puts its times right.
    for _ in 0..2 {
        round.pass(5 * MINUTE_MS);
        round.sweep();
    }
    let open = !round.task(HONEST, &task).state.is_terminal();
    open.then(|| "a task waits until a clock that was wrong is right".to_owned())
}

/// Photos of a request that died are removed in time, whatever file was announced before them and lives longer.
fn photos_wait_for_no_file() -> Option<String> {
    let mut round = round();
    let key = round.customers[HONEST].key.clone();
    let file = json!({ "contentType": "video/mp4" });
    let announced = round.send(&key, Method::POST, "/api/v1/upload", &file);
    if announced.status != 200 {
        return Some(format!("a file cannot be announced: {}", announced.json));
    }
    *round.world.plan.borrow_mut() =
        Some(Plan { path: "/characters/create", effect: 40, mishap: Mishap::Crash, done: false });
    let exchange = Exchange::new(&round.world, &key);
    spawn(&round.world, async move {
        drop(exchange.send(Method::POST, "/api/v1/characters/create", Some(&orders::trained()), &[]).await);
    });
    round.pass(MINUTE_MS);
    let photos = |round: &Round| round.world.kv.borrow().with_prefix("photo:").count();
    if photos(&round) == 0 {
        return Some("no photo was abandoned".to_owned());
    }
    round.pass(120 * MINUTE_MS);
    round.sweep();
    (photos(&round) > 0).then(|| "abandoned photos wait for a file that lives longer".to_owned())
}
