//! Many requests of several customers under way at once: an outage at any step of one of them hits the others in whatever step they are.
//!
//! What they ordered before ends meanwhile, so its callbacks arrive among them. Who was not answered sends the request again where it has an
//! `Idempotency-Key`, and else looks into the list of tasks.

use std::rc::Rc;

use domain::Account;
use http::Method;
use serde_json::{Value, json};
use testkit::Model;

use super::acts::{again, create, delete, generate_of, order, run_in, told_of};
use crate::clients::{ADMIN_TOKEN, Answer, Customer, Exchange, spawn};
use crate::executor::Executor;
use crate::history::open_account;
use crate::looks::poll_once;
use crate::orders;
use crate::watch;
use crate::world::{BEGINNING, World};

/// How many customers there are; each sends four requests at once.
const CUSTOMERS: u64 = 4;
/// When they send them: as the jobs that they ordered before end.
const ALL_AT_ONCE: i64 = BEGINNING + 10_500;
/// How long after an outage everybody is back.
const BACK_AFTER_MS: i64 = 60_000;
/// How long everything takes to end.
const ENDED_AFTER_MS: i64 = 20 * 60_000;

/// What a customer ordered before.
#[derive(Clone)]
struct Before {
    /// The path of a task whose job is about to end.
    task: String,
    /// A character that is pictured by its photos.
    kept: String,
}

/// Gathers customers who have ordered something, and are about to send all their requests.
pub(super) fn gather(world: &Rc<World>, executor: &mut Executor) -> Vec<Customer> {
    let customers: Vec<Customer> =
        (0..CUSTOMERS).map(|seed| open_account(world, &mut fastrand::Rng::with_seed(seed))).collect();
    for (n, customer) in customers.iter().enumerate() {
        let (own, asks) = (world.clone(), customer.clone());
        spawn(world, async move {
            if let Some(before) = order_before(&own, &asks).await {
                own.until(ALL_AT_ONCE).await;
                send_all(&own, &asks, &before, n);
            }
        });
    }
    executor.run(ALL_AT_ONCE, usize::MAX / 2);
    customers
}

/// Orders that are under way when all the others are sent, a picture and a run; and a character whose photos are kept.
async fn order_before(world: &Rc<World>, customer: &Customer) -> Option<Before> {
    let (mine, operator) = (Exchange::new(world, &customer.key), Exchange::new(world, ADMIN_TOKEN));
    let path = format!("/api/v1/admin/accounts/{}/grants", customer.account);
    again(world, &operator, &path, &json!({ "credits": 5_000, "grant_id": "rich" }), &[]).await?;
    let kept = create(world, &mine, customer, &orders::kept(), false).await?.text("character_id")?;
    let task = generate_of(world, &mine, customer, &customer.character, 1, (false, true)).await?.text("id")?;
    run_in(world, &mine, customer, (false, true)).await?;
    Some(Before { task: format!("/api/v1/tasks/{task}"), kept })
}

/// A request of a crowd.
#[derive(Clone, Copy)]
enum Sent {
    Create { named: bool },
    Keep { named: bool },
    TrainLater { named: bool },
    Generate { named: bool, polls: bool },
    Run { named: bool },
    Poll,
    Cancel,
    Delete,
    Sweep,
}

/// What each of the customers sends.
const ALL: [[Sent; 4]; 4] = [
    [
        Sent::Create { named: true },
        Sent::Generate { named: false, polls: false },
        Sent::Run { named: true },
        Sent::Cancel,
    ],
    [
        Sent::TrainLater { named: true },
        Sent::Generate { named: true, polls: false },
        Sent::Run { named: false },
        Sent::Poll,
    ],
    [
        Sent::Create { named: false },
        Sent::Keep { named: true },
        Sent::Generate { named: true, polls: true },
        Sent::TrainLater { named: false },
    ],
    [Sent::Keep { named: false }, Sent::Generate { named: false, polls: true }, Sent::Delete, Sent::Sweep],
];

fn send_all(world: &Rc<World>, customer: &Customer, before: &Before, n: usize) {
    for sent in ALL.get(n).into_iter().flatten().copied() {
        let (own, asks, before) = (world.clone(), customer.clone(), before.clone());
        spawn(world, async move { send(&own, &asks, &before, sent).await });
    }
}

async fn send(world: &Rc<World>, customer: &Customer, before: &Before, sent: Sent) {
    let mine = &Exchange::new(world, &customer.key);
    let train = format!("/api/v1/characters/{}/train", before.kept);
    let (named, answer) = match sent {
        Sent::Create { named } => (named, create(world, mine, customer, &orders::trained(), named).await),
        Sent::Keep { named } => (named, create(world, mine, customer, &orders::kept(), named).await),
        Sent::TrainLater { named } => {
            (named, order(world, mine, customer, &train, &told_of(&orders::trained_later()), named, false).await)
        }
        Sent::Generate { named, polls } => {
            (named, generate_of(world, mine, customer, &customer.character, 2, (named, polls)).await)
        }
        Sent::Run { named } => (named, run_in(world, mine, customer, (named, false)).await),
        Sent::Poll => return poll_once(world, mine, &before.task).await,
        Sent::Cancel => return cancel(world, mine, &before.task).await,
        Sent::Delete => return delete(world, mine, &customer.character, 0).await,
        Sent::Sweep => {
            let operator = Exchange::new(world, ADMIN_TOKEN);
            return drop(again(world, &operator, "/api/v1/admin/reconcile", &json!({}), &[]).await);
        }
    };
    if answer.is_none() && !named {
        look_up(world, mine, customer).await;
    }
}

async fn cancel(world: &World, mine: &Exchange, path: &str) {
    let last_word = world.evidence.borrow().last_word(path);
    if let Some(answer) = again(world, mine, &format!("{path}/cancel"), &json!({}), &[]).await {
        world.evidence.borrow_mut().polled(path, last_word, &answer);
    }
}

/// Who was not answered, and cannot send it again, looks for the task and waits for its end.
async fn look_up(world: &World, mine: &Exchange, customer: &Customer) {
    world.until(world.time.get() + BACK_AFTER_MS).await;
    let held = holds(world, customer);
    let Some(listed) = mine.send(Method::GET, "/api/v1/tasks", None, &[]).await.filter(|list| list.status == 200)
    else {
        return world.accuse("tasks are not listed after an outage");
    };
    let listed = ids(&listed);
    // A read that is out of date shows what was there before.
    let is_true = world.kv.borrow().model() != Model::DynamoDb;
    if let Some(missing) = held.iter().find(|task| is_true && !listed.contains(task)) {
        world.accuse(format!("{missing} holds credits and is not listed"));
    }
    world.until(world.time.get() + ENDED_AFTER_MS).await;
    for task in listed {
        poll_once(world, mine, &format!("/api/v1/tasks/{task}")).await;
    }
}

/// The tasks for which credits of an account are held.
fn holds(world: &World, customer: &Customer) -> Vec<String> {
    let kv = world.kv.borrow();
    let account = kv.value(&format!("account:{}", customer.account)).and_then(watch::body::<Account>);
    account.map(|account| account.funds.holds.keys().map(ToString::to_string).collect()).unwrap_or_default()
}

fn ids(listed: &Answer) -> Vec<String> {
    let tasks = listed.json.pointer("/data/tasks").and_then(Value::as_array).cloned().unwrap_or_default();
    tasks.iter().filter_map(|task| task.get("id")?.as_str().map(str::to_owned)).collect()
}
