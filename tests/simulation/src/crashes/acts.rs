//! What is done at a crash point.

use std::rc::Rc;

use http::Method;
use serde_json::{Value, json};

use crate::clients::{ADMIN_TOKEN, Answer, Customer, Exchange, spawn};
use crate::looks::poll_once;
use crate::orders::{SONGS, erase_once, write_down};
use crate::takedowns::{Decision, take_down};
use crate::world::World;
use crate::{orders, owners, persons};

/// What is done.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Create {
        named: bool,
    },
    Keep {
        named: bool,
    },
    TrainLater {
        named: bool,
    },
    Picture,
    Generate {
        named: bool,
        polls: bool,
    },
    TrainedCallback,
    GeneratedCallback,
    PollTask,
    PollCharacter,
    Grant,
    Adjust,
    Open,
    Sweep,
    Run {
        named: bool,
    },
    PollRun,
    Cancel,
    Delete {
        after_ms: i64,
    },
    DeleteTraining,
    /// A person takes the consent back so long after a generation began.
    Withdraw {
        after_ms: i64,
    },
    /// A person agrees, twice at once, and takes it back so long after, where that is told.
    Agree {
        taken_back_after_ms: Option<i64>,
    },
    TakeDown {
        after_ms: i64,
        decision: Decision,
    },
    TakeDownTraining,
    TellAgain,
    /// Many requests of several customers at once.
    Crowd,
}

/// Does it.
pub(super) async fn perform(world: &Rc<World>, customer: &Customer, act: Act) {
    let (mine, operator) = (Exchange::new(world, &customer.key), Exchange::new(world, ADMIN_TOKEN));
    let account = format!("/api/v1/admin/accounts/{}", customer.account);
    match act {
        Act::Create { named } => {
            drop(create(world, &mine, customer, &orders::trained(), named).await);
            sweep_once(world, &operator).await;
        }
        Act::Keep { named } => {
            drop(create(world, &mine, customer, &orders::kept(), named).await);
            sweep_once(world, &operator).await;
        }
        Act::Picture => {
            let kept = create(world, &mine, customer, &orders::kept(), true).await;
            if let Some(character) = kept.and_then(|answer| answer.text("character_id")) {
                drop(generate_of(world, &mine, customer, &character, 1, (true, true)).await);
            }
        }
        Act::TrainLater { named } => {
            let kept = create(world, &mine, customer, &orders::kept(), true).await;
            if let Some(character) = kept.and_then(|answer| answer.text("character_id")) {
                let path = format!("/api/v1/characters/{character}/train");
                drop(order(world, &mine, customer, &path, &told_of(&orders::trained_later()), named, false).await);
            }
        }
        Act::Generate { named, polls } => drop(generate(world, &mine, customer, named, polls).await),
        Act::TrainedCallback => drop(create(world, &mine, customer, &orders::trained(), false).await),
        Act::GeneratedCallback => drop(generate(world, &mine, customer, false, true).await),
        Act::PollTask => {
            let begun = generate(world, &mine, customer, false, true).await;
            poll(world, &mine, "tasks", begun.and_then(|answer| answer.text("id"))).await;
        }
        Act::PollCharacter => {
            let begun = create(world, &mine, customer, &orders::trained(), false).await;
            poll(world, &mine, "characters", begun.and_then(|answer| answer.text("character_id"))).await;
        }
        Act::Grant => {
            let body = json!({ "credits": 10, "grant_id": "g10" });
            if again(world, &operator, &format!("{account}/grants"), &body, &[]).await.is_some() {
                world.evidence.borrow_mut().granted.push((customer.account.clone(), "g10".to_owned()));
            }
        }
        Act::Adjust => {
            let body = json!({ "credits": -10, "reason": "a mistake", "adjustment_id": "a" });
            drop(again(world, &operator, &format!("{account}/adjustments"), &body, &[]).await);
        }
        Act::Open => {
            let body = json!({ "name": "B", "credits": 100 });
            drop(again(world, &operator, "/api/v1/admin/accounts", &body, &[]).await);
        }
        Act::Sweep => {
            drop(generate(world, &mine, customer, false, true).await);
            sweep_once(world, &operator).await;
        }
        act => perform_more(world, customer, &mine, &operator, act).await,
    }
}

/// What is done with runs, deletions and messages.
async fn perform_more(world: &Rc<World>, customer: &Customer, mine: &Exchange, operator: &Exchange, act: Act) {
    match act {
        Act::Run { named } => drop(run(world, mine, customer, named).await),
        Act::PollRun => {
            let begun = run(world, mine, customer, false).await;
            poll(world, mine, "tasks", begun.and_then(|answer| answer.text("id"))).await;
        }
        Act::Cancel => {
            let begun = generate(world, mine, customer, false, true).await;
            let Some(path) = begun.and_then(|answer| answer.text("id")).map(|id| format!("/api/v1/tasks/{id}")) else {
                return;
            };
            if let Some(answer) = again(world, mine, &format!("{path}/cancel"), &json!({}), &[]).await {
                world.evidence.borrow_mut().polled(&path, None, &answer);
            }
        }
        Act::Delete { after_ms } => {
            let (own, asks, by) = (world.clone(), customer.clone(), Exchange::new(world, &customer.key));
            spawn(world, async move { drop(generate(&own, &by, &asks, false, true).await) });
            delete(world, mine, &customer.character, after_ms).await;
        }
        Act::Withdraw { after_ms } => {
            let (own, asks, by) = (world.clone(), customer.clone(), Exchange::new(world, &customer.key));
            spawn(world, async move { drop(generate(&own, &by, &asks, false, true).await) });
            world.until(world.time.get() + after_ms).await;
            persons::withdraw(world, mine, &customer.character).await;
        }
        Act::Agree { taken_back_after_ms } => agree(world, customer, mine, taken_back_after_ms).await,
        Act::DeleteTraining => {
            let begun = create(world, mine, customer, &orders::trained(), false).await;
            if let Some(character) = begun.and_then(|answer| answer.text("character_id")) {
                delete(world, mine, &character, 1_000).await;
            }
        }
        Act::TakeDown { after_ms, decision } => {
            let (own, asks, by) = (world.clone(), customer.clone(), Exchange::new(world, &customer.key));
            spawn(world, async move { drop(generate(&own, &by, &asks, false, true).await) });
            take_down(world, &customer.account, &customer.character, after_ms, decision).await;
        }
        Act::TakeDownTraining => {
            let begun = create(world, mine, customer, &orders::trained(), false).await;
            if let Some(character) = begun.and_then(|answer| answer.text("character_id")) {
                take_down(world, &customer.account, &character, 1_000, Decision::Erase).await;
            }
        }
        _ => {
            let body =
                json!({ "model": SONGS, "input": { "prompt": "x" }, "webhook_url": owners::told_the_second_time() });
            drop(order(world, mine, customer, "/api/v1/generate", &body, false, false).await);
            sweep_once(world, operator).await;
        }
    }
}

/// Has a person asked, who agrees twice at once.
async fn agree(world: &Rc<World>, customer: &Customer, mine: &Exchange, taken_back_after_ms: Option<i64>) {
    let mut body = orders::trained();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("consent".to_owned(), json!({ "subject": "self" }));
    }
    let asked = mine.send(Method::POST, "/api/v1/characters/create", Some(&body), &[]).await;
    let Some(character) = asked.and_then(|answer| answer.text("character_id")) else { return };
    let (own, again, by) = (world.clone(), character.clone(), Exchange::new(world, &customer.key));
    spawn(world, async move { persons::agree(&own, &by, &again).await });
    persons::agree(world, mine, &character).await;
    if let Some(after_ms) = taken_back_after_ms {
        world.until(world.time.get() + after_ms).await;
        persons::withdraw(world, mine, &character).await;
    }
}

/// Sweeps when what just began is due to be looked at.
async fn sweep_once(world: &World, operator: &Exchange) {
    world.until(world.time.get() + 120_000).await;
    drop(again(world, operator, "/api/v1/admin/reconcile", &json!({}), &[]).await);
}

/// Deletes a character after a while, until nothing of it is left.
pub(super) async fn delete(world: &World, mine: &Exchange, character: &str, after_ms: i64) {
    world.until(world.time.get() + after_ms).await;
    for _ in 0..6 {
        if erase_once(world, mine, character).await {
            return;
        }
        world.until(world.time.get() + 60_000).await;
    }
}

async fn run(world: &World, mine: &Exchange, customer: &Customer, named: bool) -> Option<Answer> {
    run_in(world, mine, customer, (named, false)).await
}

pub(super) async fn run_in(
    world: &World,
    mine: &Exchange,
    customer: &Customer,
    (named, polls): (bool, bool),
) -> Option<Answer> {
    let body = json!({ "model": SONGS, "input": { "prompt": "rain" }, "webhook_url": owners::told_at_once() });
    order(world, mine, customer, "/api/v1/generate", &body, named, polls).await
}

pub(super) async fn create(
    world: &World,
    mine: &Exchange,
    customer: &Customer,
    of: &Value,
    named: bool,
) -> Option<Answer> {
    order(world, mine, customer, "/api/v1/characters/create", &told_of(of), named, false).await
}

/// A request whose end is told at once.
pub(super) fn told_of(of: &Value) -> Value {
    let mut body = of.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("webhook_url".to_owned(), json!(owners::told_at_once()));
    }
    body
}

async fn generate(world: &World, mine: &Exchange, customer: &Customer, named: bool, polls: bool) -> Option<Answer> {
    generate_of(world, mine, customer, &customer.character, 2, (named, polls)).await
}

pub(super) async fn generate_of(
    world: &World,
    mine: &Exchange,
    customer: &Customer,
    character: &str,
    count: u8,
    (named, polls): (bool, bool),
) -> Option<Answer> {
    let path = format!("/api/v1/characters/{character}/generate");
    let body = json!({ "prompt": "at the sea", "num_outputs": count, "webhook_url": owners::told_at_once() });
    order(world, mine, customer, &path, &body, named, polls).await
}

pub(super) async fn order(
    world: &World,
    mine: &Exchange,
    customer: &Customer,
    path: &str,
    body: &Value,
    named: bool,
    polls: bool,
) -> Option<Answer> {
    // A name is one request's.
    let name = named.then(|| format!("k{path}"));
    let mut headers: Vec<(&str, &str)> = name.iter().map(|name| ("idempotency-key", name.as_str())).collect();
    if polls {
        headers.push(("prefer", "respond-async"));
    }
    let answer = if named {
        again(world, mine, path, body, &headers).await
    } else {
        mine.send(Method::POST, path, Some(body), &headers).await
    };
    if let Some(answer) = &answer {
        write_down(world, customer, path, body.clone(), name, answer.clone());
    }
    answer
}

/// Sends a request until it is answered for good.
pub(super) async fn again(
    world: &World,
    who: &Exchange,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Option<Answer> {
    for _ in 0..6 {
        let answer = who.send(Method::POST, path, Some(body), headers).await;
        if let Some(answer) = answer.filter(|answer| !matches!(answer.status, 409 | 503)) {
            return Some(answer);
        }
        world.until(world.time.get() + 60_000).await;
    }
    None
}

async fn poll(world: &World, mine: &Exchange, kind: &str, id: Option<String>) {
    let Some(id) = id else { return };
    for _ in 0..10 {
        world.until(world.time.get() + 400_000).await;
        poll_once(world, mine, &format!("/api/v1/{kind}/{id}")).await;
    }
}
