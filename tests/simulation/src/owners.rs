//! The servers of owners who want to be told of the end of their tasks: some answer well, some badly, some never. What they are told is
//! written down, and what can be found wrong with it at once is.

use std::collections::BTreeMap;

use domain::Account;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use crate::outside::{NoAnswer, answer, problem};
use crate::persons;
use crate::watch::body;
use crate::world::World;

/// Where they are.
pub const HOST: &str = "owner.example";

/// Where one is that never answers.
pub const TARPIT_HOST: &str = "tarpit.example";

/// Every attempt on a message of a server that takes none.
const DEAD: &str = "/dead";
/// A server that takes some.
const SHAKY: &str = "/shaky";
/// A server that takes connections and never answers.
const TARPIT: &str = "/tarpit";
/// A server that takes a message the second time only.
const SECOND: &str = "/second";

/// A message as it arrived.
#[derive(Debug)]
pub struct Message {
    /// The task it is about.
    pub task: String,
    /// How that ended.
    pub status: String,
    /// What that was charged.
    pub credits: Option<u64>,
    /// Its id.
    pub id: String,
    /// What it is signed with, among others.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Vec<u8>,
}

/// What all these servers have seen.
#[derive(Debug, Default)]
pub struct Owners {
    /// Messages that arrived, also those that were not taken.
    pub messages: Vec<Message>,
    /// How often a task's message was sent, whether or not it arrived.
    pub attempts: BTreeMap<String, u32>,
    /// Tasks whose message was taken, though whoever sent it may not know.
    pub taken: BTreeMap<String, u32>,
}

/// Where an owner wants to be told, if anywhere.
pub fn webhook_url(world: &World) -> Option<String> {
    let path = match world.below(20) {
        0 => DEAD,
        1..=4 => SHAKY,
        5..=8 => "",
        _ => return None,
    };
    Some(format!("https://{HOST}{path}"))
}

/// Where an owner is told whenever it is tried.
pub fn told_at_once() -> String {
    format!("https://{HOST}")
}

/// Where an owner's server never answers; a host of its own.
pub fn never_told() -> String {
    format!("https://{TARPIT_HOST}{TARPIT}")
}

/// Where an owner is told the second time only.
pub fn told_the_second_time() -> String {
    format!("https://{HOST}{SECOND}")
}

fn data(request: &http::Request<Vec<u8>>, field: &str) -> Option<Value> {
    let message: Value = serde_json::from_slice(request.body()).ok()?;
    message.pointer(&format!("/data/{field}")).cloned()
}

fn text(request: &http::Request<Vec<u8>>, field: &str) -> String {
    data(request, field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Counts an attempt, wherever it comes to.
pub fn note_attempt(world: &World, request: &http::Request<Vec<u8>>) {
    if matches!(request.uri().host(), Some(HOST | TARPIT_HOST)) {
        *world.owners.borrow_mut().attempts.entry(text(request, "id")).or_default() += 1;
    }
}

/// Answers a message that arrived.
///
/// # Errors
/// The server does not answer, or not in time.
pub fn receive(world: &World, request: &http::Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
    let (task, status) = (text(request, "id"), text(request, "status"));
    world.tell(|| format!("an owner is told that {} is {status}", crate::kv::short(&task)));
    if holds_credits(world, &task) {
        world.accuse(format!("{task} is told to be {status} before it is settled"));
    }
    persons::watch(world, world.poll.get().process, request.body());
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let message = Message {
        task: task.clone(),
        status,
        credits: data(request, "creditsUsed").and_then(|credits| credits.as_u64()),
        id: header(webhook::standard::ID_HEADER).to_owned(),
        headers: request.headers().clone(),
        body: request.body().clone(),
    };
    let is_first = world.owners.borrow().messages.iter().all(|other| other.task != task);
    world.owners.borrow_mut().messages.push(message);
    let calm = world.faults.get().callback == 0;
    match (request.uri().path(), world.below(5)) {
        (TARPIT, _) => return Err(NoAnswer::Ever),
        (DEAD, _) => return Ok(problem(StatusCode::SERVICE_UNAVAILABLE)),
        (SECOND, _) if is_first => return Ok(problem(StatusCode::SERVICE_UNAVAILABLE)),
        (SHAKY, 0) if !calm => return Ok(problem(StatusCode::INTERNAL_SERVER_ERROR)),
        (SHAKY, 1) if !calm => return Ok(problem(StatusCode::FOUND)),
        (SHAKY, 2) if !calm => return Err(NoAnswer::Ever),
        _ => {}
    }
    *world.owners.borrow_mut().taken.entry(task).or_default() += 1;
    Ok(answer(StatusCode::OK, &json!({})))
}

/// Whether a task still has a hold.
fn holds_credits(world: &World, task: &str) -> bool {
    let kv = world.kv.borrow();
    let mut accounts = kv.with_prefix("account:").filter_map(|(_, value)| body::<Account>(value));
    accounts.any(|account| account.funds.holds.keys().any(|held| held.as_str() == task))
}
