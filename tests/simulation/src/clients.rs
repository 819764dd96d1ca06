//! Customers and the operator: how they ask, and in which order they do what.

use std::rc::Rc;

use api::wire::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use crate::executor::Spawned;
use crate::ports::{self, call};
use crate::world::World;
use crate::{looks, orders, persons};

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
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default().into();
        let path = path.to_owned();
        let request = Request::new(method, path.clone(), query.to_owned(), headers, body);
        let sent = call(&self.world, request.clone());
        // A caller that loses patience sends the same again while the first is under way.
        let twin = (twice && self.world.below(4) == 0).then(|| call(&self.world, request));
        let response = sent.answer().await;
        if let Some(twin) = twin
            && let Some(response) = twin.answer().await
        {
            return Some(self.read(twin.process, &path, &response));
        }
        Some(self.read(sent.process, &path, &response?))
    }

    /// Reads an answer. Whatever happens to a request, it is no mistake of ours.
    fn read(&self, process: usize, path: &str, response: &ports::Answer) -> Answer {
        let answer = Answer::new(process, response);
        persons::watch(&self.world, process, &response.body);
        if answer.code() == "INTERNAL_ERROR" {
            self.world.accuse(format!("{path} is answered with an internal error"));
        }
        answer
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
    fn new(process: usize, response: &ports::Answer) -> Self {
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

    /// A number in its data.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.json.pointer(&format!("/data/{field}")).and_then(Value::as_u64)
    }

    /// The code of its error; nothing in an answer that is none.
    pub fn code(&self) -> String {
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
            match own.below(14) {
                0..=2 => orders::create(&own, &exchange, &customer).await,
                3..=6 => orders::generate(&own, &exchange, &customer).await,
                7 | 8 => orders::run(&own, &exchange, &customer).await,
                9 => look(&own, &exchange).await,
                10 => orders::cancel(&own, &exchange).await,
                11 => orders::erase(&own, &exchange, &customer).await,
                12 if own.below(2) == 0 => orders::train_later(&own, &exchange, &customer).await,
                _ => looks::poll(&own, &exchange).await,
            }
        }
    });
}

async fn look(world: &World, exchange: &Exchange) {
    match world.below(4) {
        0 => looks::ledger(world, exchange).await,
        1 | 2 => looks::deliveries(world, exchange).await,
        _ => looks::look(exchange).await,
    }
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
            let body = json!({ "credits": 1, "grant_id": format!("past {}", 1 + own.below(14)) });
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

/// Lets a customer ask what their messages are signed with.
pub fn asks_for_secret(world: &Rc<World>, customer: &Customer) {
    let (own, exchange, account) = (world.clone(), Exchange::new(world, &customer.key), customer.account.clone());
    spawn(world, async move { looks::secret(&own, &exchange, &account).await });
}

/// Starts a process that answers no request, and that no crash of the application hits.
pub fn spawn(world: &Rc<World>, future: impl Future<Output = ()> + 'static) {
    let number = world.evidence.borrow_mut().next_process();
    let spawned = Spawned { number, path: String::new(), future: Box::pin(future), ended: Rc::default() };
    world.spawned.borrow_mut().push(spawned);
}
