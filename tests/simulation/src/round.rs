//! A calm world with two customers or more, in which a test breaks one thing after the other.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "for tests only: what cannot be had may fail them"
)]

use std::cell::RefCell;
use std::rc::Rc;

use domain::{Account, Character, Task};
use http::Method;
use serde_json::{Value, json};
use store::keys;
use testkit::{Kv, Model};

use crate::clients::{ADMIN_TOKEN, Answer, Customer, Exchange, spawn};
use crate::executor::Executor;
use crate::history::{configuration, furnish, open_account};
use crate::outside::PHOTOS_URL;
use crate::watch;
use crate::world::World;

/// A minute, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// An hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A calm world, what runs in it, and two customers or more.
pub struct Round {
    /// Where everything is.
    pub world: Rc<World>,
    /// What runs in it.
    pub executor: Executor,
    /// Customers with 5,000 credits more than they began with.
    pub customers: Vec<Customer>,
}

impl Round {
    /// A world with Replicate.
    pub fn new() -> Self {
        Self::with(configuration(10, "replicate"))
    }

    /// A world of this configuration.
    pub fn with(configuration: lifecycle::Config) -> Self {
        let world = World::new(7, Kv::new(Model::Linearizable), configuration, true);
        furnish(&world);
        let mut round = Self { executor: Executor::new(world.clone()), world, customers: Vec::new() };
        round.join(2);
        round
    }

    /// Lets more customers join.
    pub fn join(&mut self, more: usize) {
        for _ in 0..more {
            let seed = u64::try_from(self.customers.len()).unwrap_or_default() + 1;
            let customer = open_account(&self.world, &mut fastrand::Rng::with_seed(seed));
            let path = format!("/api/v1/admin/accounts/{}/grants", customer.account);
            self.send(ADMIN_TOKEN, Method::POST, &path, &json!({ "credits": 5_000, "grant_id": "rich" }));
            self.customers.push(customer);
        }
    }

    /// Sends a request and waits for its answer.
    pub fn send(&mut self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let answer: Rc<RefCell<Option<Answer>>> = Rc::default();
        let (exchange, put, path, body) =
            (Exchange::new(&self.world, token), answer.clone(), path.to_owned(), body.clone());
        spawn(&self.world, async move {
            *put.borrow_mut() = exchange.send(method, &path, Some(&body), &[("prefer", "respond-async")]).await;
        });
        self.executor.run(self.world.time.get() + 5 * MINUTE_MS, usize::MAX / 2);
        answer.take().unwrap()
    }

    /// Sends a request of the operator's.
    pub fn admin(&mut self, method: Method, path: &str) -> Answer {
        self.send(ADMIN_TOKEN, method, &format!("/api/v1/admin/{path}"), &json!({}))
    }

    /// One round of the sweep.
    pub fn sweep(&mut self) -> Answer {
        let answer = self.admin(Method::POST, "reconcile");
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer
    }

    /// As many rounds of the sweep at once.
    pub fn sweep_at_once(&mut self, rounds: usize) {
        for _ in 0..rounds {
            let exchange = Exchange::new(&self.world, ADMIN_TOKEN);
            spawn(&self.world, async move {
                drop(exchange.send(Method::POST, "/api/v1/admin/reconcile", None, &[]).await);
            });
        }
        self.executor.run(self.world.time.get() + 5 * MINUTE_MS, usize::MAX / 2);
    }

    /// Lets time pass.
    pub fn pass(&mut self, millis: i64) {
        let end = self.world.time.get() + millis;
        self.executor.run(end, usize::MAX / 2);
        self.world.time.set(end);
    }

    /// Has two songs made that a customer wants to be told of, and returns the task's id.
    pub fn run(&mut self, customer: usize, webhook_url: &str) -> String {
        let key = self.customers[customer].key.clone();
        let body = json!({ "model": "songs", "input": { "prompt": "rain" }, "webhook_url": webhook_url });
        let answer = self.send(&key, Method::POST, "/api/v1/generate", &body);
        answer.text("id").unwrap_or_else(|| panic!("{}", answer.json))
    }

    /// A customer's account.
    pub fn account(&self, customer: usize) -> Account {
        let id = self.customers[customer].account.parse().unwrap();
        watch::body(self.world.kv.borrow().value(keys::account(&id).as_str()).unwrap()).unwrap()
    }

    /// Where a task is.
    pub fn task_key(&self, customer: usize, task: &str) -> String {
        keys::task(&self.customers[customer].account.parse().unwrap(), &task.parse().unwrap()).as_str().to_owned()
    }

    /// A task.
    pub fn task(&self, customer: usize, task: &str) -> Task {
        watch::body(self.world.kv.borrow().value(&self.task_key(customer, task)).unwrap()).unwrap()
    }

    /// Puts a value where it is.
    pub fn set(&self, key: &str, value: &[u8]) {
        self.world.kv.borrow_mut().set(key, value);
    }

    /// Makes a document unreadable.
    pub fn spoil(&self, key: &str) {
        assert!(self.world.kv.borrow().value(key).is_some(), "{key}");
        self.set(key, b"{");
    }

    /// How often the owner of a task took its message.
    pub fn told(&self, task: &str) -> u32 {
        self.world.owners.borrow().taken.get(task).copied().unwrap_or_default()
    }

    /// Whether there is anything of a task but itself.
    pub fn has_files_of(&self, task: &str) -> bool {
        let kv = self.world.kv.borrow();
        kv.with_prefix("").any(|(key, _)| key.contains(task) && !key.starts_with("task:"))
    }

    /// Has a character trained, and returns its id and its training's.
    pub fn train(&mut self, customer: usize) -> (String, String) {
        let key = self.customers[customer].key.clone();
        let urls: Vec<String> = (0..10).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
        let answer =
            self.send(&key, Method::POST, "/api/v1/characters/create", &json!({ "image_urls": urls, "name": "A" }));
        let character = answer.text("character_id").unwrap_or_else(|| panic!("{}", answer.json));
        let training = self.character(customer, &character).training.to_string();
        (character, training)
    }

    /// A character.
    pub fn character(&self, customer: usize, id: &str) -> Character {
        let key = keys::character(&self.customers[customer].account.parse().unwrap(), &id.parse().unwrap());
        watch::body(self.world.kv.borrow().value(key.as_str()).unwrap()).unwrap()
    }
}
