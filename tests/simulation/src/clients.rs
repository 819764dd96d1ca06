//! What customers and the operator do: they create, generate, poll, send again what was not answered, and write down what they are told.

use std::rc::Rc;

use api::wire::{Request, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use crate::check::{Answered, Asked};
use crate::executor::Spawned;
use crate::gpu::PHOTOS_URL;
use crate::ports::call;
use crate::world::World;

/// The operator's token.
pub const ADMIN_TOKEN: &str = "operator-operator-operator";

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The account's id.
    pub account: String,
    /// An API key.
    pub key: String,
    /// A character that is ready.
    pub character: String,
    /// Whether its ledger had a page of entries from the beginning.
    pub has_past: bool,
}

/// A request and its answer.
pub struct Exchange {
    world: Rc<World>,
    token: String,
}

impl Exchange {
    /// Requests with this token.
    pub fn new(world: &Rc<World>, token: &str) -> Self {
        Self { world: world.clone(), token: token.to_owned() }
    }

    /// Sends a request and waits for its answer; nothing when whoever should give it died.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Option<Answer> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = HeaderMap::new();
        let authorization = format!("Bearer {}", self.token);
        for (name, value) in more.iter().copied().chain([("authorization", authorization.as_str())]) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let twice = headers.contains_key("idempotency-key");
        let body = Some(body.map(|body| body.to_string().into_bytes()).unwrap_or_default());
        let request = Request { method, path: path.to_owned(), query: query.to_owned(), headers, body };
        let sent = call(&self.world, request.clone());
        // A caller that loses patience sends the same again while the first is under way.
        let twin = (twice && self.world.below(4) == 0).then(|| call(&self.world, request));
        let response = sent.answer().await;
        if let Some(twin) = twin
            && let Some(response) = twin.answer().await
        {
            return Some(Answer::new(twin.process, &response));
        }
        Some(Answer::new(sent.process, &response?))
    }
}

/// An answer, read.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The process that gave it.
    pub process: usize,
    /// Its status.
    pub status: u16,
    /// Its body.
    pub json: Value,
    /// Whether it was given before.
    pub replayed: bool,
}

impl Answer {
    fn new(process: usize, response: &Response) -> Self {
        Self {
            process,
            status: response.status.as_u16(),
            json: serde_json::from_slice(&response.body).unwrap_or_default(),
            replayed: response.headers.contains_key("idempotent-replayed"),
        }
    }

    /// A text in its data.
    pub fn text(&self, field: &str) -> Option<String> {
        self.json.pointer(&format!("/data/{field}")).and_then(Value::as_str).map(str::to_owned)
    }

    fn code(&self) -> String {
        self.json.pointer("/error/code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// Lets a customer do something a few times over, with pauses of up to so many milliseconds.
pub fn customer(world: &Rc<World>, customer: Customer, actions: u64, pause_ms: i64) {
    let own = world.clone();
    spawn(world, async move {
        let exchange = Exchange::new(&own, &customer.key);
        for _ in 0..actions {
            own.until(own.time.get() + own.millis(0, pause_ms)).await;
            match own.below(10) {
                0..=2 => create(&own, &exchange, &customer).await,
                3..=6 => generate(&own, &exchange, &customer).await,
                7 => look(&own, &exchange).await,
                8 if own.below(2) == 0 => ledger(&own, &exchange).await,
                8 => take_back(&own, &exchange).await,
                _ => poll(&own, &exchange).await,
            }
        }
    });
}

/// Lets the operator grant, adjust, make keys and sweep, with pauses of up to so many milliseconds.
pub fn operator(world: &Rc<World>, accounts: Vec<String>, actions: u64, pause_ms: i64) {
    let own = world.clone();
    spawn(world, async move {
        let exchange = Exchange::new(&own, ADMIN_TOKEN);
        for _ in 0..actions {
            own.until(own.time.get() + own.millis(0, pause_ms)).await;
            let Some(account) = own.one_of(&accounts) else { return };
            match own.below(5) {
                0 | 1 => grant(&own, &exchange, account).await,
                2 => {
                    let path = format!("/api/v1/admin/accounts/{account}/keys");
                    drop(exchange.send(Method::POST, &path, None, &[]).await);
                }
                3 => {
                    let path = format!("/api/v1/admin/accounts/{account}/adjustments");
                    let credits = own.millis(-20, 20);
                    let body = json!({ "credits": credits, "reason": "goodwill", "adjustment_id": format!("a{}", own.below(3)) });
                    drop(exchange.send(Method::POST, &path, Some(&body), &[]).await);
                }
                _ => drop(exchange.send(Method::POST, "/api/v1/admin/reconcile", None, &[]).await),
            }
        }
    });
}

/// Lets an operator repeat grants that an account began with, which must not count again.
pub fn repeats(world: &Rc<World>, account: String, count: u64) {
    let own = world.clone();
    spawn(world, async move {
        let exchange = Exchange::new(&own, ADMIN_TOKEN);
        let path = format!("/api/v1/admin/accounts/{account}/grants");
        for _ in 0..count {
            let body = json!({ "credits": 1, "grant_id": format!("past {}", 1 + own.below(15)) });
            drop(exchange.send(Method::POST, &path, Some(&body), &[]).await);
        }
    });
}

async fn grant(world: &World, exchange: &Exchange, account: &str) {
    // A few names for many grants, so that names come again; the name says the amount.
    let credits = 10 * (1 + world.below(5));
    let name = format!("g{credits}");
    let path = format!("/api/v1/admin/accounts/{account}/grants");
    for _ in 0..3 {
        let body = json!({ "credits": credits, "grant_id": name });
        let answer = exchange.send(Method::POST, &path, Some(&body), &[]).await;
        if answer.as_ref().is_some_and(|answer| answer.status == 200) {
            world.evidence.borrow_mut().granted.push((account.to_owned(), name));
            return;
        }
    }
}

async fn create(world: &World, exchange: &Exchange, customer: &Customer) {
    let urls: Vec<String> = (0..10).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
    let body = json!({ "image_urls": urls, "name": "A" });
    let asked = Asked::new(customer, "/api/v1/characters/create", body, name_of(world));
    order(world, exchange, asked, &[]).await;
}

async fn generate(world: &World, exchange: &Exchange, customer: &Customer) {
    let own = world.evidence.borrow().ready_for(&customer.account);
    let character = own.filter(|_| world.below(2) == 0).unwrap_or_else(|| customer.character.clone());
    let body = json!({ "prompt": "at the sea", "num_outputs": 1 + world.below(4) });
    let path = format!("/api/v1/characters/{character}/generate");
    let prefer: &[(&str, &str)] = if world.below(2) == 0 { &[("prefer", "respond-async")] } else { &[] };
    order(world, exchange, Asked::new(customer, &path, body, name_of(world)), prefer).await;
}

/// Writes down what a customer was answered.
pub fn write_down(world: &World, customer: &Customer, path: &str, body: Value, name: Option<String>, answer: Answer) {
    let asked = Asked::new(customer, path, body, name);
    world.evidence.borrow_mut().answered.push(Answered::new(asked, answer));
}

/// Sends a request that costs, again and again until there is a clear answer, and writes down every answer.
async fn order(world: &World, exchange: &Exchange, asked: Asked, more: &[(&str, &str)]) {
    let mut headers = more.to_vec();
    if let Some(name) = &asked.name {
        headers.push(("idempotency-key", name));
    }
    for _ in 0..4 {
        let Some(answer) = exchange.send(Method::POST, &asked.path, Some(&asked.body), &headers).await else {
            if asked.name.is_none() {
                return;
            }
            continue;
        };
        let (status, code) = (answer.status, answer.code());
        world.evidence.borrow_mut().answered.push(Answered::new(asked.clone(), answer));
        if !matches!((status, code.as_str()), (503, _) | (409, "IDEMPOTENCY_IN_PROGRESS")) {
            break;
        }
        world.until(world.time.get() + world.millis(500, 60_000)).await;
    }
    if asked.name.is_some() && world.below(4) == 0 {
        // The same name for something else is a mistake, and must never begin anything.
        let mut other = asked.clone();
        let field = if other.path.ends_with("/generate") { "prompt" } else { "name" };
        if let Some(fields) = other.body.as_object_mut() {
            fields.insert(field.to_owned(), json!("something else"));
        }
        let answer = exchange.send(Method::POST, &other.path, Some(&other.body), &headers).await;
        if let Some(answer) = answer {
            world.evidence.borrow_mut().answered.push(Answered::new(other, answer));
        }
    }
}

fn name_of(world: &World) -> Option<String> {
    (world.below(5) > 1).then(|| format!("k{}", world.below(1_000_000)))
}

async fn look(world: &World, exchange: &Exchange) {
    let answer = exchange.send(Method::GET, "/api/v1/credits", None, &[]).await;
    if let Some(answer) = answer.filter(|answer| answer.status >= 500 && answer.status != 503) {
        world.accuse(format!("the balance is answered with {} {}", answer.status, answer.json));
    }
}

async fn ledger(world: &World, exchange: &Exchange) {
    let Some(answer) = exchange.send(Method::GET, "/api/v1/credits/ledger/verify", None, &[]).await else { return };
    if answer.status == 200 && answer.json.pointer("/data/valid") != Some(&Value::Bool(true)) {
        world.accuse(format!("a ledger does not verify: {}", answer.json));
    }
    drop(exchange.send(Method::GET, "/api/v1/credits/ledger?limit=50", None, &[]).await);
}

async fn poll(world: &World, exchange: &Exchange) {
    let paths = world.evidence.borrow().paths_told();
    for _ in 0..3 {
        let Some(path) = world.one_of(&paths) else { return };
        poll_once(world, exchange, path).await;
        world.until(world.time.get() + world.millis(1_000, 120_000)).await;
    }
}

/// Takes back a task that somebody was told of: often one's own, and often one that is over.
async fn take_back(world: &World, exchange: &Exchange) {
    let mut paths = world.evidence.borrow().paths_told();
    paths.retain(|path| path.starts_with("/api/v1/tasks/"));
    let Some(path) = world.one_of(&paths) else { return };
    let last_word = world.evidence.borrow().last_word(path);
    let answer = exchange.send(Method::POST, &format!("{path}/cancel"), None, &[]).await;
    if let Some(answer) = answer.filter(|answer| answer.status == 200) {
        world.evidence.borrow_mut().polled(path, last_word, &answer);
    }
}

/// Polls what is at a path, and writes down what is told.
pub async fn poll_once(world: &World, exchange: &Exchange, path: &str) {
    let last_word = world.evidence.borrow().last_word(path);
    let answer = exchange.send(Method::GET, path, None, &[]).await;
    if let Some(answer) = answer {
        world.evidence.borrow_mut().polled(path, last_word, &answer);
    }
}

/// Starts a process that answers no request, and that no crash of the application hits.
pub fn spawn(world: &Rc<World>, future: impl Future<Output = ()> + 'static) {
    let number = world.evidence.borrow_mut().next_process();
    let spawned = Spawned { number, path: String::new(), future: Box::pin(future), ended: Rc::default() };
    world.spawned.borrow_mut().push(spawned);
}
