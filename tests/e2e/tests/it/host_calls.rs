//! What a request of each kind asks of its host: reads and writes of the store, requests to the outside, and bytes. No clock and no load of the
//! machine changes these numbers, so they are on record, and none may grow: `LIKENESS_RECORD=1 cargo test --workspace --test it host_calls`
//! writes the record anew. `cargo likeness bench counts` shows it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Actor, Engines, Settings, World};
use host_calls::{ATOMICS, HTTP, HostCalls, KEY_VALUE};
use serde_json::{Value, json};

/// Photos of a training.
const PHOTOS: u64 = 10;
/// Interfaces that hold nothing up: each instance reads its variables once.
const VARIABLES: &str = "spin:variables/variables";
/// The handles that a request opens of its store: one of each interface, and another one where two of its writes begin at once.
const OPENED: u64 = 3;
/// What takes callbacks.
const WEBHOOK: &str = "provider-webhook";
/// How often it is looked whether a callback came, and how long between two looks.
const LOOKS: (usize, Duration) = (300, Duration::from_millis(100));

/// What a request asked of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    reads: u64,
    writes: u64,
    outbound: u64,
    others: u64,
    read_bytes: u64,
    written_bytes: u64,
    outbound_bytes: u64,
}

impl Asked {
    fn of(made: &HostCalls) -> Self {
        let sum = |functions: [(&str, &str); 4]| {
            let all = functions.map(|(interface, function)| made.get(interface, function));
            (all.iter().map(|calls| calls.count).sum::<u64>(), all.iter().map(|calls| calls.bytes).sum::<u64>())
        };
        let [read, write] = [
            [(ATOMICS, "current"), (KEY_VALUE, "get"), (KEY_VALUE, "exists"), (KEY_VALUE, "get-keys")],
            [(ATOMICS, "swap"), (ATOMICS, "increment"), (KEY_VALUE, "set"), (KEY_VALUE, "delete")],
        ];
        let ((reads, read_bytes), (writes, written_bytes)) = (sum(read), sum(write));
        let outbound = made.get(HTTP, "send");
        let all: u64 =
            made.iter().filter(|((interface, _), _)| *interface != VARIABLES).map(|(_, calls)| calls.count).sum();
        let others = all - reads - writes - outbound.count;
        let (outbound, outbound_bytes) = (outbound.count, outbound.bytes);
        Self { reads, writes, outbound, others, read_bytes, written_bytes, outbound_bytes }
    }

    fn json(self, component: &str) -> Value {
        let Self { reads, writes, outbound, read_bytes, written_bytes, outbound_bytes, .. } = self;
        json!({
            "component": component, "reads": reads, "writes": writes, "read_bytes": read_bytes,
            "written_bytes": written_bytes, "outbound": outbound, "outbound_bytes": outbound_bytes,
        })
    }

    /// Whether it is no more than what is on record.
    fn assert_within(self, record: &Value, name: &str) {
        for (what, now) in [("reads", self.reads), ("writes", self.writes), ("outbound", self.outbound)] {
            let most = record[what].as_u64().unwrap_or_default();
            assert!(now <= most, "{name}: {now} {what}, {most} are recorded: if that is the point, record it");
        }
        // A handle for each read that a swap may follow.
        assert!(self.others <= self.reads + OPENED, "{name}: {} calls beside {} reads", self.others, self.reads);
    }
}

/// All that was asked, by what for.
#[derive(Default)]
struct Record(BTreeMap<String, (&'static str, Asked)>);

impl Record {
    /// What a request asks of its host through a component.
    async fn ask<T>(
        &mut self,
        world: &World,
        (name, component): (&str, &'static str),
        request: impl Future<Output = T>,
    ) -> T {
        let before = world.host_calls(component).unwrap();
        let answer = request.await;
        let asked = Asked::of(&world.host_calls(component).unwrap().since(&before));
        self.0.insert(name.to_owned(), (component, asked));
        answer
    }

    fn get(&self, name: &str) -> Asked {
        self.0[name].1
    }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("host_calls.json")
}

async fn get(actor: &Actor, path: &str) -> Value {
    actor.get(path).await.unwrap().data().unwrap().clone()
}

async fn post(actor: &Actor, path: &str, body: Value) -> Value {
    actor.post(path, &body).await.unwrap().data().unwrap().clone()
}

/// What customers and the operator ask, where no provider comes back to it.
async fn plain(world: &World, record: &mut Record, customer: &Actor, account: &str) {
    let reference = json!({ "mode": "reference", "image_urls": world.photos.urls(1) });
    // The first request of an account makes what counts its requests.
    post(customer, "/api/v1/characters/create", reference.clone()).await;
    let made = ("POST /characters/create, one photo and no training", "create-character");
    let made = record.ask(world, made, post(customer, "/api/v1/characters/create", reference)).await;
    let character = format!("/api/v1/characters/{}", made["character_id"].as_str().unwrap());
    let tasks = get(customer, "/api/v1/tasks").await;
    let task = format!("/api/v1/tasks/{}", tasks["tasks"][0]["id"].as_str().unwrap());
    let credits = "/api/v1/credits".to_owned();
    for (name, component, path) in [
        ("GET /credits", "credits", &credits),
        ("GET /credits/ledger", "credits", &format!("{credits}/ledger")),
        ("GET /characters/{character_id}, with its photos as references", "character", &character),
        ("GET /tasks/{task_id}", "tasks", &task),
        ("GET /tasks, two tasks", "tasks", &"/api/v1/tasks".to_owned()),
        ("GET /models", "models", &"/api/v1/models".to_owned()),
    ] {
        record.ask(world, (name, component), get(customer, path)).await;
    }
    let run = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a fox" } });
    record.ask(world, ("POST /estimate", "generate"), post(customer, "/api/v1/estimate", run)).await;
    let upload = json!({ "contentType": "image/jpeg" });
    record.ask(world, ("POST /upload", "upload"), post(customer, "/api/v1/upload", upload)).await;
    let (operator, grants) = (world.operator(), format!("/api/v1/admin/accounts/{account}/grants"));
    record.ask(world, ("POST .../grants", "admin"), post(&operator, &grants, json!({ "credits": 1 }))).await;
}

/// What a training and a picture ask, and the callback that ends each. Nobody asks about them meanwhile.
async fn with_a_provider(world: &World, record: &mut Record, customer: &Actor, account: &str) {
    // Nothing comes before what began it is done, however busy the machine is.
    let training = json!({ "image_urls": world.photos.urls(10), "trigger_word": "sim_delay" });
    let run = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a fox, sim:delay" } });
    let orders = [
        (
            "POST /characters/create, 10 photos and a training",
            "create-character",
            "/api/v1/characters/create",
            training,
        ),
        ("POST /generate, not waited for", "generate", "/api/v1/generate", run),
    ];
    let names = ["the callback that ends a training", "the callback that ends a run of one picture"];
    let customer = customer.with_header("prefer", "respond-async");
    for ((name, component, path, body), ends) in orders.into_iter().zip(names) {
        let before = world.host_calls(WEBHOOK).unwrap();
        let ordered = record.ask(world, (name, component), post(&customer, path, body)).await;
        for _ in 0..LOOKS.0 {
            if world.funds(account).await.unwrap()[1] == 0 {
                break;
            }
            tokio::time::sleep(LOOKS.1).await;
        }
        assert_eq!(world.funds(account).await.unwrap()[1], 0, "{ends} never came");
        // What comes after the credits.
        tokio::time::sleep(LOOKS.1 * 4).await;
        let asked = Asked::of(&world.host_calls(WEBHOOK).unwrap().since(&before));
        record.0.insert(ends.to_owned(), (WEBHOOK, asked));
        if let Some(character) = ordered["character_id"].as_str() {
            let path = format!("/api/v1/characters/{character}");
            record.ask(world, ("GET /characters/{character_id}, trained", "character"), get(&customer, &path)).await;
        }
    }
}

/// What was asked stays within the record.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_asks_its_host_for_more_than_is_on_record() {
    let settings = Settings { engines: Engines::Own, ..Settings::default() };
    let world = World::start(settings).await.unwrap();
    let (customer, account) = world.customer(10_000).await.unwrap();
    let mut record = Record::default();
    plain(&world, &mut record, &customer, &account).await;
    with_a_provider(&world, &mut record, &customer, &account).await;

    let found: BTreeMap<&str, Value> =
        record.0.iter().map(|(name, (component, asked))| (name.as_str(), asked.json(component))).collect();
    if std::env::var_os("LIKENESS_RECORD").is_some() {
        std::fs::write(file(), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let on_record: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(file()).unwrap()).unwrap();
    assert_eq!(on_record.keys().collect::<Vec<_>>(), record.0.keys().collect::<Vec<_>>());
    for (name, (_, asked)) in &record.0 {
        asked.assert_within(&on_record[name], name);
    }

    // Whatever is on record, it is never more than this.
    for (name, reads, writes) in [
        ("GET /credits", 3, 0),
        ("GET /characters/{character_id}, trained", 3, 0),
        ("GET /characters/{character_id}, with its photos as references", 4, 0),
        ("GET /tasks/{task_id}", 5, 0),
        ("the callback that ends a training", 9, 7),
        ("the callback that ends a run of one picture", 5, 7),
        // One write for each photo; and the upload, the list, the character, the task, the quota, what is due, the hold, the job.
        ("POST /characters/create, 10 photos and a training", 13, PHOTOS + 11),
    ] {
        let asked = record.get(name);
        assert!(asked.reads <= reads && asked.writes <= writes, "{name}: {asked:?}");
    }
}
