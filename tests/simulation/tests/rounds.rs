//! What one thing that is broken must not keep from the others: rounds of the sweep and the audit, messages, deadlines.

use std::cell::RefCell;
use std::rc::Rc;

use domain::{Account, Character, CharacterState, Task};
use http::Method;
use serde_json::{Value, json};
use simulation::clients::{ADMIN_TOKEN, Answer, Customer, Exchange, spawn};
use simulation::executor::Executor;
use simulation::history::{configuration, furnish, open_account};
use simulation::world::World;
use simulation::outside::PHOTOS_URL;
use simulation::{kv, owners, watch};
use store::keys;
use testkit::{Kv, Model};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A calm world, what runs in it, and two customers.
struct Round {
    world: Rc<World>,
    executor: Executor,
    customers: [Customer; 2],
}

impl Round {
    fn new() -> Self {
        Self::with(configuration(10, "replicate"))
    }

    fn with(configuration: api::Config) -> Self {
        let world = World::new(7, Kv::new(Model::Linearizable), configuration, true);
        furnish(&world);
        let customers = [1, 2].map(|seed| open_account(&world, &mut fastrand::Rng::with_seed(seed)));
        let mut round = Self { executor: Executor::new(world.clone()), world, customers };
        for customer in round.customers.clone() {
            let path = format!("/api/v1/admin/accounts/{}/grants", customer.account);
            round.send(ADMIN_TOKEN, Method::POST, &path, &json!({ "credits": 5_000, "grant_id": "rich" }));
        }
        round
    }

    /// Sends a request and waits for its answer.
    fn send(&mut self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let answer: Rc<RefCell<Option<Answer>>> = Rc::default();
        let (exchange, put, path, body) =
            (Exchange::new(&self.world, token), answer.clone(), path.to_owned(), body.clone());
        spawn(&self.world, async move {
            *put.borrow_mut() = exchange.send(method, &path, Some(&body), &[("prefer", "respond-async")]).await;
        });
        self.executor.run(self.world.time.get() + 5 * MINUTE_MS, usize::MAX / 2);
        answer.take().unwrap()
    }

    fn admin(&mut self, method: Method, path: &str) -> Answer {
        self.send(ADMIN_TOKEN, method, &format!("/api/v1/admin/{path}"), &json!({}))
    }

    fn sweep(&mut self) -> Answer {
        let answer = self.admin(Method::POST, "reconcile");
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer
    }

    fn pass(&mut self, millis: i64) {
        let end = self.world.time.get() + millis;
        self.executor.run(end, usize::MAX / 2);
        self.world.time.set(end);
    }

    /// Has two songs made that a customer wants to be told of, and returns the task's id.
    fn run(&mut self, customer: usize, webhook_url: &str) -> String {
        let key = self.customers[customer].key.clone();
        let body = json!({ "model": "songs", "input": { "prompt": "rain" }, "webhook_url": webhook_url });
        let answer = self.send(&key, Method::POST, "/api/v1/generate", &body);
        answer.text("id").unwrap_or_else(|| panic!("{}", answer.json))
    }

    fn account(&self, customer: usize) -> Account {
        let id = self.customers[customer].account.parse().unwrap();
        watch::body(self.world.kv.borrow().value(keys::account(&id).as_str()).unwrap()).unwrap()
    }

    fn task_key(&self, customer: usize, task: &str) -> String {
        keys::task(&self.customers[customer].account.parse().unwrap(), &task.parse().unwrap()).as_str().to_owned()
    }

    fn task(&self, customer: usize, task: &str) -> Task {
        watch::body(self.world.kv.borrow().value(&self.task_key(customer, task)).unwrap()).unwrap()
    }

    fn set(&self, key: &str, value: &[u8]) {
        self.world.kv.borrow_mut().set(key, value);
    }

    fn spoil(&self, key: &str) {
        assert!(self.world.kv.borrow().value(key).is_some(), "{key}");
        self.set(key, b"{");
    }

    fn told(&self, task: &str) -> u32 {
        self.world.owners.borrow().taken.get(task).copied().unwrap_or_default()
    }

    fn has_files_of(&self, task: &str) -> bool {
        let kv = self.world.kv.borrow();
        kv.with_prefix("").any(|(key, _)| key.contains(task) && !key.starts_with("task:"))
    }

    /// Has a character trained, and returns its id and its training's.
    fn train(&mut self, customer: usize) -> (String, String) {
        let key = self.customers[customer].key.clone();
        let urls: Vec<String> = (0..10).map(|n| format!("{PHOTOS_URL}/{n}.png")).collect();
        let answer =
            self.send(&key, Method::POST, "/api/v1/characters/create", &json!({ "image_urls": urls, "name": "A" }));
        let character = answer.text("character_id").unwrap_or_else(|| panic!("{}", answer.json));
        let training = self.character(customer, &character).training.to_string();
        (character, training)
    }

    fn character(&self, customer: usize, id: &str) -> Character {
        let key = keys::character(&self.customers[customer].account.parse().unwrap(), &id.parse().unwrap());
        watch::body(self.world.kv.borrow().value(key.as_str()).unwrap()).unwrap()
    }
}

#[test]
fn a_webhook_url_is_kept_as_it_was_read() {
    let mut round = Round::new();
    for (written, kept) in [
        ("https://owner.example/a?b=c", "https://owner.example/a?b=c"),
        ("HTTPS://OWNER.example", "https://owner.example/"),
        (" https://owner.exa\nmple/\ta ", "https://owner.example/a"),
        ("https:\\\\owner.example\\a", "https://owner.example/a"),
        ("https:owner.example/a/../b", "https://owner.example/b"),
        ("https://xn--bcher-kva.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://1572395042/", "http://93.184.216.34/"),
    ] {
        let task = round.run(0, written);
        assert_eq!(round.task(0, &task).webhook_url.as_deref(), Some(kept), "{written:?}");
    }
    let long = format!("https://owner.example/{}", "ü".repeat(900));
    for unusable in ["https://owner{1}.example/", "https://own`er.example/", "https://bücher.example/", &long] {
        let key = round.customers[0].key.clone();
        let body = json!({ "model": "songs", "input": { "prompt": "rain" }, "webhook_url": unusable });
        let answer = round.send(&key, Method::POST, "/api/v1/generate", &body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "INVALID_WEBHOOK_URL"), "{unusable}");
    }
}
