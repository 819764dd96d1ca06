//! What one thing that is broken must not keep from the others: rounds of the sweep and the audit, messages, deadlines.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::collections::BTreeMap;

use domain::{Account, AccountId, CharacterState, DueKind, DuePage, Line, Slot, Task, Timestamp};
use http::Method;
use serde_json::{Value, json};
use simulation::clients::Customer;
use simulation::history::configuration;
use simulation::round::{DAY_MS, HOUR_MS, MINUTE_MS, Round};
use simulation::world::Faults;
use simulation::{hostile, kv, owners};
use store::{UploadQueue, keys};

#[test]
fn a_customer_with_everything_against_everybody_keeps_nothing_from_others() {
    assert_eq!(hostile::live(), Vec::<String>::new());
}

/// How many effects a round of the sweep has.
fn effects(round: &mut Round) -> usize {
    let before = round.executor.polls();
    round.sweep();
    round.executor.polls() - before
}

#[test]
fn a_round_costs_what_is_due_and_not_what_is_kept() {
    const PAGES: u32 = 10;
    const LINES: u32 = 1_000;
    let mut round = Round::new();
    round.pass(HOUR_MS);
    round.sweep();
    let alone = effects(&mut round);
    let later = Timestamp::from_millis(round.world.clock() + 20 * HOUR_MS);
    for page in 1..=PAGES {
        let mut kv = round.world.kv.borrow_mut();
        let number = kv.increment(keys::DUE_PAGES.as_str(), 1).unwrap();
        let mut lines = BTreeMap::new();
        for n in 1..=LINES {
            let id = AccountId::from_random((u128::from(page * LINES + n) << 64).to_be_bytes());
            let account = Account::new(id.clone(), "kept".to_owned(), Timestamp::from_millis(0), ledger::open(&id));
            kv::place(&mut kv, keys::account(&id).as_str(), &account);
            lines.insert(id, Line { generation: 1, slots: BTreeMap::from([(DueKind::Tidy, Slot::at(later))]) });
        }
        kv::place(&mut kv, keys::due(number.try_into().unwrap()).as_str(), &DuePage { lines });
    }
    let kept = effects(&mut round) - alone;
    assert!(kept <= 2 * PAGES as usize, "{kept} effects more for what is kept of 10,000 accounts");
    round.pass(21 * HOUR_MS);
    // A day later each of them is looked at, found to have nothing, and not looked at again.
    let done = alone + 2 * PAGES as usize;
    let due: Vec<usize> =
        std::iter::repeat_with(|| effects(&mut round)).take_while(|now| *now > done).take(100).collect();
    assert!((2..100).contains(&due.len()), "{} rounds", due.len());
    let each = due.iter().sum::<usize>() / (PAGES * LINES) as usize;
    assert!(each <= 8, "{each} effects for an account that is due");
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
    // The limit counts the URL as it was written: this one is at the limit, and longer as it is kept.
    let longest = format!("https://owner.example?{}", "a".repeat(2_048 - 22));
    let task = round.run(0, &longest);
    assert_eq!(round.task(0, &task).webhook_url.map(|kept| kept.len()), Some(2_049));
    let long = format!("{longest}a");
    for unusable in ["https://owner{1}.example/", "https://own`er.example/", "https://bücher.example/", &long] {
        let key = round.customers[0].key.clone();
        let body = json!({ "model": "songs", "input": { "prompt": "rain" }, "webhook_url": unusable });
        let answer = round.send(&key, Method::POST, "/api/v1/generate", &body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "INVALID_WEBHOOK_URL"), "{unusable}");
    }
}

#[test]
fn an_account_that_cannot_be_read_ends_the_round_of_no_other() {
    let mut round = Round::new();
    round.world.gpu.borrow_mut().is_mute = true;
    let task = round.run(1, &owners::told_at_once());
    round.spoil(keys::account(&round.customers[0].account.parse().unwrap()).as_str());
    round.pass(20 * MINUTE_MS);
    let swept = round.sweep();
    assert_eq!((swept.number("accounts"), swept.number("failed")), (Some(1), Some(1)), "{}", swept.json);
    assert!(round.task(1, &task).state.is_terminal() && round.told(&task) == 1);
}

#[test]
fn a_message_that_can_never_be_sent_is_given_up_and_keeps_no_other() {
    let mut round = Round::new();
    for _ in 0..4 {
        round.run(0, &owners::told_the_second_time());
    }
    round.pass(HOUR_MS);
    let due: Vec<String> = round.account(0).deliveries.keys().map(ToString::to_string).collect();
    let [no_task, no_url, no_record, fine] = due.as_slice() else { panic!("{due:?}") };
    round.spoil(&round.task_key(0, no_task));
    let task = Task { webhook_url: Some("https://owner{1}.example/".to_owned()), ..round.task(0, no_url) };
    kv::place(&mut round.world.kv.borrow_mut(), &round.task_key(0, no_url), &task);
    let account = round.customers[0].account.parse().unwrap();
    round.spoil(keys::delivery::<Value>(&account, &no_record.parse().unwrap()).as_str());
    let swept = round.sweep();
    assert_eq!(swept.number("failed"), Some(2), "the message of no_task, and what it made: {}", swept.json);
    assert_eq!([round.told(fine), round.told(no_record)], [1, 1]);
    let left = round.account(0).deliveries;
    let failures: Vec<(String, u32)> = left.iter().map(|(task, due)| (task.to_string(), due.failures)).collect();
    assert_eq!(failures, [(no_task.clone(), 2), (no_url.clone(), 2)]);
    for _ in 0..10 {
        round.pass(DAY_MS);
        round.sweep();
    }
    assert!(round.account(0).deliveries.is_empty());
    assert_eq!([round.told(fine), round.told(no_record)], [1, 1]);
}

#[test]
fn what_is_past_its_time_is_removed_whatever_is_broken_before_it() {
    let mut round = Round::new();
    let (broken, fine) = (round.run(0, &owners::told_at_once()), round.run(0, &owners::told_at_once()));
    round.pass(HOUR_MS);
    assert!(round.has_files_of(&broken) && round.has_files_of(&fine));
    round.spoil(&round.task_key(0, &broken));
    round.pass(8 * DAY_MS);
    let swept = round.sweep();
    assert!(swept.number("failed") > Some(0), "{}", swept.json);
    assert!(!round.has_files_of(&fine));
    // A day later nobody looks at it any more.
    round.pass(40 * DAY_MS);
    round.sweep();
    assert_eq!(round.sweep().number("failed"), Some(0));
}

#[test]
fn weights_are_copied_whatever_is_broken_before_them() {
    let mut round = Round::with(configuration(10, "replicate,cog"));
    let (_, broken) = round.train(0);
    let (fine, training) = round.train(0);
    round.pass(2 * HOUR_MS);
    round.spoil(&round.task_key(0, &broken));
    assert!(round.task(0, &training).state.is_terminal());
    round.sweep();
    let CharacterState::Ready { model } = round.character(0, &fine).state else { panic!("its training failed") };
    assert!(model.weights.is_some());
}

#[test]
fn an_account_whose_failures_take_all_the_time_keeps_no_other() {
    let mut round = Round::with(configuration(10, "replicate,cog"));
    let (character, _) = round.train(0);
    round.pass(2 * HOUR_MS);
    // Some downloads of its weights take a minute to fail.
    round.world.faults.set(Faults { gpu_after: 1_000, ..Faults::default() });
    for _ in 0..20 {
        let swept = round.sweep();
        assert_ne!(swept.number("next_cursor"), Some(1), "{}", swept.json);
    }
    assert!(matches!(round.character(0, &character).state, CharacterState::Ready { model } if model.weights.is_none()));
}

#[test]
fn uploads_are_removed_whatever_is_broken_before_them() {
    let mut round = Round::new();
    let file = |id: &str| {
        let file = json!({ "id": id, "size_bytes": 1, "place": "store" });
        json!({ "file": { "file": file, "at": round.world.clock() } })
    };
    for n in 1..=3_u64 {
        let mut kv = round.world.kv.borrow_mut();
        kv.increment(keys::uploads(UploadQueue::Files).as_str(), 1).unwrap();
        kv::place(&mut kv, keys::upload::<Value>(UploadQueue::Files, n).as_str(), &file(&"0".repeat(32)));
    }
    round.spoil(keys::upload::<Value>(UploadQueue::Files, 2).as_str());
    round.pass(30 * HOUR_MS);
    let swept = round.sweep();
    assert_eq!(swept.number("failed"), Some(1), "{}", swept.json);
    for n in [1, 3] {
        assert_eq!(round.world.kv.borrow().value(keys::upload::<Value>(UploadQueue::Files, n).as_str()), None, "{n}");
    }
    round.pass(3 * DAY_MS);
    round.sweep();
    assert_eq!(round.sweep().number("failed"), Some(0), "nobody looks at it any more");
}

#[test]
fn the_audit_names_what_cannot_be_read_and_goes_on() {
    let mut round = Round::new();
    let (broken, fine) = (round.run(1, &owners::told_at_once()), round.run(1, &owners::told_at_once()));
    round.pass(HOUR_MS);
    let ids: Vec<String> = round.customers.iter().map(|customer| customer.account.clone()).collect();
    round.spoil(keys::account(&ids[0].parse().unwrap()).as_str());
    round.spoil(&round.task_key(1, &broken));
    let audit = round.admin(Method::GET, "audit");
    assert_eq!((audit.status, audit.number("accounts")), (200, Some(1)), "{}", audit.json);
    let violations = audit.json.pointer("/data/violations").and_then(Value::as_array).unwrap();
    let of = |id: &str| violations.iter().filter(|violation| violation["account_id"] == id).count();
    assert_eq!((of(&ids[0]), of(&ids[1]), violations.len()), (1, 1, 2), "{}", audit.json);
    assert!(violations[1]["message"].as_str().unwrap().contains(&broken) && !audit.json.to_string().contains(&fine));
}

#[test]
fn a_task_whose_files_cannot_be_kept_is_given_up_at_its_deadline() {
    let bucket = store::s3::Settings {
        endpoint: "http://bucket.example".parse().unwrap(),
        bucket: "likeness".to_owned(),
        region: "eu".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: domain::Secret::new("secret"),
    };
    // It takes nothing here.
    let mut round = Round::with(lifecycle::Config { s3: Some(bucket), ..configuration(10, "replicate") });
    let before = round.account(0).funds.balance;
    let key = round.customers[0].key.clone();
    let body = json!({ "prompt": "at the sea", "num_outputs": 1 });
    let path = format!("/api/v1/characters/{}/generate", round.customers[0].character);
    let task = round.send(&key, Method::POST, &path, &body).text("id").unwrap();
    round.pass(5 * MINUTE_MS);
    let looked = round.send(&key, Method::GET, &format!("/api/v1/tasks/{task}"), &Value::Null);
    assert_eq!((looked.status, round.account(0).funds.holds.len()), (503, 1), "{}", looked.json);
    round.pass(10 * MINUTE_MS);
    let looked = round.send(&key, Method::GET, &format!("/api/v1/tasks/{task}"), &Value::Null);
    assert_eq!((looked.status, looked.text("status").as_deref()), (200, Some("failed")), "{}", looked.json);
    let funds = round.account(0).funds;
    assert_eq!((funds.balance, funds.holds.len()), (before, 0));
}

#[test]
fn a_task_that_cannot_begin_again_is_given_up_at_its_deadline() {
    let mut round = Round::with(configuration(10, "cog,replicate"));
    // A container tells how a job is by callbacks only.
    round.world.gpu.borrow_mut().is_mute = true;
    let before = round.account(0).funds.balance;
    let Customer { account, key, character, .. } = round.customers[0].clone();
    let path = format!("/api/v1/characters/{character}/generate");
    let task = round.send(&key, Method::POST, &path, &json!({ "prompt": "at the sea" })).text("id").unwrap();
    round.spoil(keys::character(&account.parse().unwrap(), &character.parse().unwrap()).as_str());
    round.pass(20 * MINUTE_MS);
    let looked = round.send(&key, Method::GET, &format!("/api/v1/tasks/{task}"), &Value::Null);
    assert_eq!((looked.status, looked.text("status").as_deref()), (200, Some("failed")), "{}", looked.json);
    let funds = round.account(0).funds;
    assert_eq!((funds.balance, funds.holds.len()), (before, 0));
}

/// What became of a deletion: whether that was all, and what of a thing.
fn deletion(round: &mut Round, character: &str, object: &str) -> (bool, String) {
    let key = round.customers[0].key.clone();
    let answer = round.send(&key, Method::DELETE, &format!("/api/v1/characters/{character}"), &Value::Null);
    let objects = answer.json.pointer("/data/objects").and_then(Value::as_array).unwrap();
    let found = objects.iter().find(|found| found["object"] == object).unwrap();
    (answer.json.pointer("/data/deleted").unwrap() == true, found["outcome"].as_str().unwrap().to_owned())
}

#[test]
fn a_character_is_not_deleted_as_long_as_its_provider_may_make_its_model() {
    let mut round = Round::new();
    round.world.gpu.borrow_mut().is_mute = true;
    let (character, training) = round.train(0);
    assert!(!round.task(0, &training).state.is_terminal());
    round.world.faults.set(Faults { gpu_before: 1_000, ..Faults::default() });
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (false, "remains".to_owned()));
    let failures = |round: &Round| round.account(0).stops.values().map(|due| due.failures).collect::<Vec<_>>();
    assert_eq!(failures(&round), [0], "only the sweep counts");
    round.world.faults.set(Faults::default());
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (true, "deleted".to_owned()));
    assert_eq!(round.world.gpu.borrow().deleted_models.len(), 1, "it made one all the same");
    round.pass(HOUR_MS);
    round.sweep();
    assert_eq!(failures(&round), Vec::<u32>::new());
}

#[test]
fn what_the_sweep_gave_up_at_a_provider_is_on_record_until_a_deletion_finds_it_over() {
    let mut round = Round::new();
    round.world.gpu.borrow_mut().is_mute = true;
    let (character, training) = round.train(0);
    round.world.faults.set(Faults { gpu_before: 1_000, ..Faults::default() });
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (false, "remains".to_owned()));
    for _ in 0..5 * 24 {
        round.pass(HOUR_MS);
        round.sweep();
    }
    assert!(round.account(0).stops.is_empty(), "the sweep gave it up");
    assert!(round.task(0, &training).may_go_on());
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (false, "remains".to_owned()));
    round.world.faults.set(Faults::default());
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (true, "deleted".to_owned()));
    assert_eq!(round.world.gpu.borrow().deleted_models.len(), 1);
    assert_eq!(deletion(&mut round, &character, "provider_jobs"), (true, "none".to_owned()));
}
