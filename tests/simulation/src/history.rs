//! One history, from its seed.

use std::rc::Rc;

use domain::{
    Account, AccountId, ApiKey, BlobLocation, Character, CharacterId, CharacterState, Consent, ConsentPolicy, Credits,
    Digest, DueKind, DuePage, KeyEntry, KeyLimits, KeyRecord, Operation, ProviderName, Subject, TaskId, Timestamp,
    TriggerWord, Weights,
};
use http::Method;
use ledger::{Claim, Command};
use lifecycle::Config;
use serde_json::json;
use store::keys;

use crate::check;
use crate::clients::{self, ADMIN_TOKEN, Customer, Exchange};
use crate::executor::Executor;
use crate::gpu::{BASE_URL, COG_TOKEN, COG_URL, WEBHOOK_SECRET};
use crate::world::{BEGINNING, Faults, World};
use crate::{kv, orders, takedowns, watch};
use testkit::{Kv, Model};

/// How long clients go on, in milliseconds of the world.
const BUSY_MS: i64 = 6 * 3_600_000;
/// How long everything takes to end once the world is calm: the longest deadline, and the latest callback.
const CALM_MS: i64 = 60 * 3_600_000;
/// Most polls of a history, so that none goes on for ever.
const POLLS_MAX: usize = 20_000;
/// Most sweeps that messages are given time for, each time.
const MESSAGES_SWEPT_MAX: usize = 80;
const HOUR_MS: i64 = 3_600_000;
/// After how long nothing is kept that has an end of life.
const KEPT_MS: i64 = 31 * 24 * HOUR_MS;

/// Who is asked, in which order.
pub const PROVIDERS: [&str; 4] = ["replicate", "replicate,cog", "cog,replicate", "cog"];

/// What a history came to.
pub struct Outcome {
    /// What is broken; empty when everything holds.
    pub broken: Vec<String>,
    /// What happened, where it is told.
    pub story: Vec<String>,
    /// How many polls it took.
    pub polls: usize,
}

/// Lives through one history.
pub fn live(seed: u64, tells: bool) -> Outcome {
    let mut random = fastrand::Rng::with_seed(seed);
    let model = *random.choice(&Model::SAFE).unwrap_or(&Model::Linearizable);
    let open_tasks_max = *random.choice(&[2, 3, 10]).unwrap_or(&10);
    let providers = *random.choice(&PROVIDERS).unwrap_or(&"replicate");
    let due_pages = random.u64(1..=3);
    let configuration = Config { due_pages, ..configuration(open_tasks_max, providers) };
    let world = World::new(random.u64(..), Kv::new(model), configuration, tells);
    world.tell(|| format!("seed {seed}: {model:?}, at most {open_tasks_max} open tasks, {providers}"));
    // Most histories are small, so that there are many; some are crowded.
    let most = if random.u8(..10) == 0 { 4 } else { 2 };
    furnish(&world);
    let customers: Vec<Customer> = (0..random.usize(1..=most)).map(|_| open_account(&world, &mut random)).collect();
    world.faults.set(faults(&mut random));
    world.tell(|| format!("{:?}", world.faults.get()));
    // In some histories everything comes at once.
    let pause_ms = if random.u8(..3) == 0 { 100 } else { 60_000 };
    for customer in &customers {
        for _ in 0..random.usize(1..=most) {
            clients::customer(&world, customer.clone(), random.u64(1..=4), pause_ms);
        }
    }
    for customer in customers.iter().filter(|customer| customer.has_past) {
        for _ in 0..2 {
            clients::repeats(&world, customer.account.clone(), random.u64(0..=30));
        }
    }
    for _ in 0..random.usize(0..=2) {
        let accounts = customers.iter().map(|customer| customer.account.clone()).collect();
        clients::operator(&world, accounts, random.u64(1..=4), pause_ms);
    }
    if random.u8(..4) == 0 {
        let own = customers.iter().map(|customer| (customer.account.clone(), customer.character.clone())).collect();
        takedowns::takes_down(&world, own, BUSY_MS / 2);
    }
    let mut executor = Executor::new(world.clone());
    executor.run(BEGINNING + BUSY_MS, POLLS_MAX);
    calm_down(&world, &mut executor, &customers);
    Outcome { broken: check::invariants(&world), story: world.story(), polls: executor.polls() }
}

/// Ends all faults and clients, lets time pass, and sweeps until nothing is open.
pub fn calm_down(world: &Rc<World>, executor: &mut Executor, customers: &[Customer]) {
    world.tell(|| "from here on the world is calm".to_owned());
    world.note_clock_jumps();
    world.faults.set(Faults::default());
    world.clock_off.set(0);
    executor.kill_all();
    for customer in customers {
        clients::asks_for_secret(world, customer);
    }
    // Half of the late callbacks come before the first sweep, the others after it.
    // Two sweeps at once, and one that sees what they left; later there is little left.
    let (twice, once) = ([2, 1].as_slice(), [1].as_slice());
    let pauses = [(2 * HOUR_MS, twice), (3 * HOUR_MS, twice), (CALM_MS, twice), (KEPT_MS, once), (25 * HOUR_MS, once)];
    for (pause, rounds) in pauses {
        let end = world.time.get() + pause;
        executor.run(end, POLLS_MAX);
        world.time.set(world.time.get().max(end));
        for sweeps in rounds {
            sweep(world, executor, *sweeps);
        }
        check::nothing_is_left_of_the_deleted(world);
        tell_owners(world, executor);
    }
}

/// Sweeps whenever a message or a stop is due, as long as there is one.
fn tell_owners(world: &Rc<World>, executor: &mut Executor) {
    for _ in 0..MESSAGES_SWEPT_MAX {
        let accounts: Vec<Account> =
            world.kv.borrow().with_prefix("account:").filter_map(|(_, value)| watch::body(value)).collect();
        if accounts.iter().all(|account| account.deliveries.is_empty() && account.stops.is_empty()) {
            return;
        }
        let pages: Vec<DuePage> =
            world.kv.borrow().with_prefix("due:").filter_map(|(_, value)| watch::body(value)).collect();
        let slots = pages.iter().flat_map(|page| page.lines.values()).flat_map(|line| &line.slots);
        let wanted = slots.filter(|(kind, _)| matches!(kind, DueKind::Tell | DueKind::Stop | DueKind::Ask));
        let Some(at) = wanted.map(|(_, slot)| slot.when().as_millis()).min() else { return };
        world.time.set(world.time.get().max(at));
        sweep(world, executor, 1);
    }
}

fn sweep(world: &Rc<World>, executor: &mut Executor, at_once: usize) {
    for _ in 0..at_once {
        begin_sweep(world);
    }
    executor.run(world.time.get() + HOUR_MS / 2, POLLS_MAX);
}

fn begin_sweep(world: &Rc<World>) {
    let (own, exchange) = (world.clone(), Exchange::new(world, ADMIN_TOKEN));
    clients::spawn(world, async move {
        let mut cursor = 1;
        for _ in 0..20 {
            let body = json!({ "cursor": cursor });
            let Some(answer) = exchange.send(Method::POST, "/api/v1/admin/reconcile", Some(&body), &[]).await else {
                return;
            };
            if answer.status != 200 {
                return own.accuse(format!("the sweep answers {} {}", answer.status, answer.json));
            }
            match answer.json.pointer("/data/next_cursor").and_then(serde_json::Value::as_u64) {
                Some(next) => cursor = next,
                None => return,
            }
        }
        own.accuse("the sweep never ends");
    });
}

/// Puts into a world what is there from the beginning, whoever its customers are.
pub fn furnish(world: &World) {
    kv::place(&mut world.kv.borrow_mut(), keys::catalogue().as_str(), &orders::CATALOGUE);
}

/// The configuration of every history.
pub fn configuration(open_tasks_max: u32, providers: &str) -> Config {
    let version = format!("{:064x}", 1);
    let values = [
        ("public_url", "https://likeness.example".to_owned()),
        ("signing_secret", "a signing secret of more than 32 bytes".to_owned()),
        ("admin_token", ADMIN_TOKEN.to_owned()),
        ("providers", providers.to_owned()),
        ("cog_trainer_url", COG_URL.to_owned()),
        ("cog_model_url", COG_URL.to_owned()),
        ("cog_callback_token", COG_TOKEN.to_owned()),
        ("replicate_api_token", "r8_simulated".to_owned()),
        ("replicate_webhook_secret", WEBHOOK_SECRET.to_owned()),
        ("replicate_base_url", BASE_URL.to_owned()),
        ("replicate_trainer", format!("ostris/flux-dev-lora-trainer:{version}")),
        ("replicate_model", "likeness".to_owned()),
        ("generation_wait_seconds", "120".to_owned()),
        ("open_tasks_max", open_tasks_max.to_string()),
        // The shortest there is: a history ends when nothing is left to be removed.
        ("tasks_kept_days", "8".to_owned()),
    ];
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    match Config::from_variables(value) {
        Ok(configuration) => configuration,
        Err(invalid) => unreachable!("{}", invalid.0),
    }
}

fn faults(random: &mut fastrand::Rng) -> Faults {
    // Each kind of trouble is absent from some histories and bad in others: rare ones would drown in the usual.
    let mut rate = |most: u32| if random.u8(..3) == 0 { random.u32(0..=most) } else { random.u32(0..=most / 10) };
    Faults {
        store_before: rate(60),
        store_after: rate(60),
        store_late: rate(20),
        crash: rate(20),
        outage: rate(3),
        stall: rate(5),
        clock_jump: rate(2),
        gpu_before: rate(150),
        gpu_after: rate(200),
        callback: random.u32(0..=700),
    }
}

/// Opens an account with a key, some credits, a character that is ready, and a ledger that has seen something.
pub fn open_account(world: &World, random: &mut fastrand::Rng) -> Customer {
    let id = AccountId::from_random(random.u128(..).to_be_bytes());
    let now = Timestamp::from_millis(BEGINNING);
    let mut funds = ledger::open(&id);
    let past = if random.u8(..3) == 0 { random.u64(29..32) } else { 1 };
    let rich = random.bool();
    for n in 0..past {
        let amount = if n > 0 {
            1
        } else if rich {
            5_000
        } else {
            random.u64(0..1_200)
        };
        let (id, amount) = (format!("past {n}"), Credits::new(amount));
        let operation = Operation {
            id: Digest::of_lines(["grant", &id]),
            fingerprint: Digest::of_lines(["grant", &amount.to_string()]),
        };
        let claim = Claim { operation, looked: 0 };
        funds = ledger::decide(&funds, &Command::Grant { id, amount, claim }, now).ok().flatten().unwrap_or(funds);
    }
    let key = ApiKey::from_random(array(random));
    let digest = key.digest();
    let keys = vec![KeyEntry { digest: digest.clone(), label: "key".to_owned(), created_at: now, budget: None }];
    let account = Account { keys, ..Account::new(id.clone(), "A".to_owned(), now, funds) };
    let character = Character {
        id: CharacterId::from_random(random.u128(..).to_be_bytes()),
        account: id.clone(),
        name: "A".to_owned(),
        trigger_word: TriggerWord::from_random(array(random)),
        created_at: now,
        photos: Vec::new(),
        warnings: Vec::new(),
        training: TaskId::from_random(random.u128(..).to_be_bytes()),
        later_training: None,
        settled: None,
        suspended: None,
        consent: Some(consent(now)),
        state: CharacterState::Ready {
            model: domain::Model {
                provider: ProviderName::Replicate,
                name: format!("{:064x}", 1),
                source: None,
                base: domain::Base::default(),
                weights: Some(Weights {
                    sha256: Digest::of_lines(["weights"]),
                    size_bytes: 1,
                    location: BlobLocation::Store,
                }),
            },
        },
    };
    let mut kv = world.kv.borrow_mut();
    let number = kv::next_account(&mut kv);
    kv::place(&mut kv, keys::api_key(&digest).as_str(), &KeyRecord::new(id.clone(), KeyLimits::default()));
    kv::place(&mut kv, keys::account(&id).as_str(), &account);
    kv::place(&mut kv, keys::character(&id, &character.id).as_str(), &character);
    kv::place(&mut kv, keys::opened(number).as_str(), &id);
    Customer {
        has_past: past > 1,
        account: id.to_string(),
        key: key.expose().to_owned(),
        character: character.id.to_string(),
    }
}

/// What the person said who is on that character's photos.
const fn consent(now: Timestamp) -> Consent {
    Consent {
        subject: Subject::Oneself,
        how: None,
        agreed_at: None,
        statement_hash: None,
        recorded_at: now,
        key: String::new(),
        policy: ConsentPolicy::Confirmed,
        confirmed_at: Some(now),
    }
}

fn array<const N: usize>(random: &mut fastrand::Rng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
