//! Every crash point of every handler: what is done is stopped after each of its effects in turn, or that effect fails before or after it
//! happened, alone or with the next one, or everybody else goes on before it; then the world calms down and every invariant is asked for.

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use serde_json::{Value, json};

use crate::clients::{ADMIN_TOKEN, Answer, Customer, Exchange, spawn};
use crate::executor::Executor;
use crate::history::{PROVIDERS, calm_down, configuration, furnish, open_account};
use crate::looks::poll_once;
use crate::orders::{SONGS, erase_once, write_down};
use crate::world::{BEGINNING, Mishap, Plan, World};
use crate::{check, orders, owners};
use testkit::{Kv, Model};

/// Effects of one handler, more than any has.
const EFFECTS_MAX: usize = 500;

/// What is done, and which of the processes it takes is hit.
struct Scenario {
    name: &'static str,
    /// Part of method and path of the request that is hit.
    path: &'static str,
    act: Act,
}

#[derive(Clone, Copy)]
enum Act {
    Create { named: bool },
    Keep { named: bool },
    TrainLater { named: bool },
    Picture,
    Generate { named: bool, polls: bool },
    TrainedCallback,
    GeneratedCallback,
    PollTask,
    PollCharacter,
    Grant,
    Adjust,
    Open,
    Sweep,
    Run { named: bool },
    PollRun,
    Cancel,
    Delete { after_ms: i64 },
    DeleteTraining,
    TellAgain,
}

/// When a deletion finds a generation that was just begun; one that was just delivered; one whose callback stands still; and one that is over.
const DELETED_AFTER_MS: [i64; 4] = [20, 8_020, 20_000, 60_000];

static SCENARIOS: [Scenario; 32] = [
    Scenario { name: "create", path: "/characters/create", act: Act::Create { named: false } },
    Scenario { name: "create, sent again", path: "/characters/create", act: Act::Create { named: true } },
    Scenario { name: "references", path: "/characters/create", act: Act::Keep { named: false } },
    Scenario { name: "references, sent again", path: "/characters/create", act: Act::Keep { named: true } },
    Scenario { name: "generate by references", path: "/generate", act: Act::Picture },
    Scenario { name: "training later", path: "/train", act: Act::TrainLater { named: false } },
    Scenario { name: "training later, sent again", path: "/train", act: Act::TrainLater { named: true } },
    Scenario { name: "callback of a training later", path: "/webhooks/", act: Act::TrainLater { named: false } },
    Scenario { name: "generate", path: "/generate", act: Act::Generate { named: false, polls: false } },
    Scenario { name: "generate, sent again", path: "/generate", act: Act::Generate { named: true, polls: false } },
    Scenario { name: "generate for a poll", path: "/generate", act: Act::Generate { named: true, polls: true } },
    Scenario { name: "callback of a training", path: "/webhooks/", act: Act::TrainedCallback },
    Scenario { name: "callback of a generation", path: "/webhooks/", act: Act::GeneratedCallback },
    Scenario { name: "poll of a task", path: "/tasks/", act: Act::PollTask },
    Scenario { name: "poll of a character", path: "/characters/char_", act: Act::PollCharacter },
    Scenario { name: "grant", path: "/grants", act: Act::Grant },
    Scenario { name: "adjustment", path: "/adjustments", act: Act::Adjust },
    Scenario { name: "opening of an account", path: "/admin/accounts", act: Act::Open },
    Scenario { name: "sweep", path: "/reconcile", act: Act::Sweep },
    Scenario { name: "run", path: "/v1/generate", act: Act::Run { named: false } },
    Scenario { name: "run, sent again", path: "/v1/generate", act: Act::Run { named: true } },
    Scenario { name: "callback of a run", path: "/webhooks/", act: Act::Run { named: false } },
    Scenario { name: "poll of a run", path: "/tasks/", act: Act::PollRun },
    Scenario { name: "task canceled", path: "/cancel", act: Act::Cancel },
    Scenario { name: "deletion with a training", path: "DELETE", act: Act::DeleteTraining },
    Scenario { name: "deletion at once", path: "DELETE", act: Act::Delete { after_ms: DELETED_AFTER_MS[0] } },
    Scenario {
        name: "deletion, delivered meanwhile",
        path: "DELETE",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario { name: "deletion of what is over", path: "DELETE", act: Act::Delete { after_ms: DELETED_AFTER_MS[3] } },
    Scenario {
        name: "generate, deleted meanwhile",
        path: "/generate",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[0] },
    },
    Scenario {
        name: "callback, deleted meanwhile",
        path: "/webhooks/",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario {
        name: "callback, deleted while it stands still",
        path: "/webhooks/",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[2] },
    },
    Scenario { name: "message sent again", path: "/reconcile", act: Act::TellAgain },
];

/// What may happen at a crash point.
const MISHAPS: [Mishap; 5] = [Mishap::Crash, Mishap::FailBefore, Mishap::FailAfter, Mishap::GoAway, Mishap::Stall];

/// What may happen on this store: what takes time is the same on every one.
fn mishaps(model: Model) -> impl Iterator<Item = Mishap> {
    let takes_time = |mishap: &Mishap| matches!(mishap, Mishap::GoAway | Mishap::Stall);
    MISHAPS.into_iter().filter(move |mishap| model == Model::Sqlite || !takes_time(mishap))
}

/// A crash point that broke something.
#[derive(Debug)]
pub struct Found {
    /// Where it was.
    pub place: String,
    /// What it broke.
    pub broken: Vec<String>,
}

/// Goes through the crash points on these stores: all of them, or every so many of a handler's. Returns how many there were, and those that
/// broke something. As many threads as there are cores take one scenario after the other.
pub fn enumerate(models: &[Model], every: usize) -> (usize, Vec<Found>) {
    let everything: Vec<_> = everything().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut count, mut found) = (0, Vec::new());
        while let Some((scenario, providers)) = everything.get(next.fetch_add(1, Ordering::Relaxed)) {
            for model in models.iter().copied() {
                let (of_it, found_there) = enumerate_one(scenario, providers, model, every);
                count += of_it;
                found.extend(found_there);
            }
        }
        (count, found)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<(usize, Vec<Found>)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let died = |_| (0, vec![Found { place: "a thread panicked".to_owned(), broken: Vec::new() }]);
        handles.into_iter().map(|handle| handle.join().unwrap_or_else(died)).collect()
    });
    let count = shares.iter().map(|(count, _)| count).sum();
    (count, shares.into_iter().flat_map(|(_, found)| found).collect())
}

/// A crash point on this store that breaks something, looked for on this thread.
pub fn first(model: Model) -> Option<Found> {
    everything().find_map(|(scenario, providers)| enumerate_one(scenario, providers, model, 1).1.into_iter().next())
}

/// Every scenario, with every choice of providers.
fn everything() -> impl Iterator<Item = (&'static Scenario, &'static str)> {
    SCENARIOS.iter().flat_map(|scenario| PROVIDERS.map(|providers| (scenario, providers)))
}

/// The crash points of one scenario on one store.
fn enumerate_one(scenario: &Scenario, providers: &str, model: Model, every: usize) -> (usize, Vec<Found>) {
    let (mut count, mut found) = (0, Vec::new());
    for mishap in mishaps(model) {
        for effect in (0..EFFECTS_MAX).step_by(every) {
            let (hit, found_there) = live(scenario, providers, model, mishap, effect);
            found.extend(found_there);
            if !hit {
                break;
            }
            count += 1;
        }
    }
    (count, found)
}

/// Lives through a scenario with one mishap. Returns whether it happened, and what it broke.
fn live(scenario: &Scenario, providers: &str, model: Model, mishap: Mishap, effect: usize) -> (bool, Option<Found>) {
    let world = World::new(7, Kv::new(model), configuration(10, providers), false);
    furnish(&world);
    let customer = open_account(&world, &mut fastrand::Rng::with_seed(LONG_LEDGER));
    *world.plan.borrow_mut() = Some(Plan { path: scenario.path, effect, mishap, done: false });
    let mut executor = Executor::new(world.clone());
    let mute = matches!(scenario.act, Act::PollTask | Act::PollRun | Act::PollCharacter | Act::Sweep);
    world.gpu.borrow_mut().is_mute = mute;
    let (own, asks, act) = (world.clone(), customer.clone(), scenario.act);
    spawn(&world, async move { perform(&own, &asks, act).await });
    executor.run(BEGINNING + 3_600_000, usize::MAX / 2);
    let hit = world.plan.borrow().as_ref().is_some_and(|plan| plan.done || plan.mishap != mishap);
    // What was not hit is not hit by the sweeps of a calm world either, and who went away is back.
    world.plan.take();
    calm_down(&world, &mut executor, &[customer]);
    let broken = check::invariants(&world);
    let place = format!("{}, {providers}, {model:?}, {mishap:?} at effect {effect}", scenario.name);
    (hit, (!broken.is_empty()).then_some(Found { place, broken }))
}

/// The seed of an account that is rich and whose ledger is about to be archived.
const LONG_LEDGER: u64 = 3;

async fn perform(world: &Rc<World>, customer: &Customer, act: Act) {
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
        Act::DeleteTraining => {
            let begun = create(world, mine, customer, &orders::trained(), false).await;
            if let Some(character) = begun.and_then(|answer| answer.text("character_id")) {
                delete(world, mine, &character, 1_000).await;
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

/// Sweeps when what just began is due to be looked at.
async fn sweep_once(world: &World, operator: &Exchange) {
    world.until(world.time.get() + 120_000).await;
    drop(again(world, operator, "/api/v1/admin/reconcile", &json!({}), &[]).await);
}

/// Deletes a character after a while, until nothing of it is left.
async fn delete(world: &World, mine: &Exchange, character: &str, after_ms: i64) {
    world.until(world.time.get() + after_ms).await;
    for _ in 0..6 {
        if erase_once(world, mine, character).await {
            return;
        }
        world.until(world.time.get() + 60_000).await;
    }
}

async fn run(world: &World, mine: &Exchange, customer: &Customer, named: bool) -> Option<Answer> {
    let body = json!({ "model": SONGS, "input": { "prompt": "rain" }, "webhook_url": owners::told_at_once() });
    order(world, mine, customer, "/api/v1/generate", &body, named, false).await
}

async fn create(world: &World, mine: &Exchange, customer: &Customer, of: &Value, named: bool) -> Option<Answer> {
    order(world, mine, customer, "/api/v1/characters/create", &told_of(of), named, false).await
}

/// A request whose end is told at once.
fn told_of(of: &Value) -> Value {
    let mut body = of.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("webhook_url".to_owned(), json!(owners::told_at_once()));
    }
    body
}

async fn generate(world: &World, mine: &Exchange, customer: &Customer, named: bool, polls: bool) -> Option<Answer> {
    generate_of(world, mine, customer, &customer.character, 2, (named, polls)).await
}

async fn generate_of(
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

async fn order(
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
async fn again(world: &World, who: &Exchange, path: &str, body: &Value, headers: &[(&str, &str)]) -> Option<Answer> {
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
