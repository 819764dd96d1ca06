use std::time::Duration;

use domain::limits::{
    CLOCKS_APART_MAX, GRANT_CREDITS_MAX, IDEMPOTENCY_LIFETIME, KEYS_MAX, LEDGER_PAGE_ENTRIES, NAME_CHARS_MAX,
};
use domain::{Change, Digest, Entry, Hold, KeyBudget, KeyEntry, Timestamp};
use store::VALUE_BYTES_MAX;

use super::*;
use crate::config::OPEN_TASKS_MAX;
use crate::expiry;
use crate::testing::{World, run};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// Pages of the ledger that wait to be archived, at most.
const PAGES_MAX: usize = 8;
/// The number of an entry that no account comes to: a thousand a second for 285,000 years.
const LAST: u64 = 1 << 53;

fn task(n: usize) -> TaskId {
    TaskId::from_random(u128::try_from(n).unwrap_or_default().to_be_bytes())
}

fn entry(n: usize, change: Change) -> Entry {
    let amount = Credits::new(u64::MAX);
    let digest = Digest::of_lines([n.to_string().as_str()]);
    let operation = Some(Operation { id: digest.clone(), fingerprint: digest.clone() });
    let key = Some("0".repeat(16));
    Entry {
        seq: LAST,
        at: NOW,
        change,
        amount,
        balance: amount,
        held: amount,
        spent: amount,
        key,
        operation,
        hash: digest,
        last_hold: n.is_multiple_of(LEDGER_PAGE_ENTRIES).then_some(LAST),
    }
}

/// The document of an account with as much of everything as it can have: it is never too large for a store to take what ends a task.
#[test]
fn an_account_that_is_full_of_everything_fits_every_store() {
    let long = "\u{1F600}".repeat(NAME_CHARS_MAX);
    let id = AccountId::from_random([7; 16]);
    let mut account = Account::new(id.clone(), long.clone(), NOW, ledger::open(&id));
    let digest = domain::ApiKey::from_random([7; 32]).digest();
    let most = Credits::new(GRANT_CREDITS_MAX);
    let budget = KeyBudget::new(Some(most), Some(most)).with(most, NOW).ok();
    account.keys = vec![KeyEntry { digest, label: long.clone(), created_at: NOW, budget }; KEYS_MAX];
    account.deliveries =
        (0..DELIVERIES_MAX).map(|n| (task(n), PendingDelivery { at: NOW, failures: u32::MAX })).collect();
    account.stops = (0..STOPS_MAX).map(|n| (task(n), PendingStop { at: NOW, failures: u32::MAX })).collect();
    let open = usize::try_from(OPEN_TASKS_MAX).unwrap_or(usize::MAX);
    let hold = Hold { amount: Credits::new(u64::MAX), since: NOW, key: "0".repeat(16), deadline: Some(NOW) };
    account.funds.holds = (0..open).map(|n| (task(n), hold.clone())).collect();
    let adjusted = |n| entry(n, Change::AdjustUp { id: "x".repeat(NAME_CHARS_MAX), reason: long.clone() });
    account.funds.entries = (0..PAGES_MAX * LEDGER_PAGE_ENTRIES).map(adjusted).collect();
    // What ends a task is taken also where there is no room for what begins one.
    account.funds.entries.extend((0..open).map(|n| entry(n, Change::Release { task: task(n) })));
    let bytes = serde_json::to_vec(&account).map_or(usize::MAX, |bytes| bytes.len());
    assert!(bytes < VALUE_BYTES_MAX - 4_096, "{bytes} bytes");
}

/// A full account's oldest page, of an administrator's grant and of requests: what still counts of it has a marker then.
#[test]
fn what_does_not_count_any_more_leaves_no_marker_behind() {
    for (age, markers) in [(Duration::ZERO, [true, true]), (IDEMPOTENCY_LIFETIME, [true, false])] {
        let world = World::new(&[]);
        run(async {
            let (id, key, _) = keys::new_account([1; 16]);
            let mut account = Account::new(id.clone(), String::new(), world.now(), ledger::open(&id));
            let of = |n: usize| match n {
                0 => Change::Grant { id: "first".to_owned() },
                n => Change::Hold { task: task(n) },
            };
            let entries = (0..2 * LEDGER_PAGE_ENTRIES).map(|n| Entry { at: world.now(), ..entry(n, of(n)) });
            account.funds.entries = entries.collect();
            world.store().create(&key, account.clone()).await.unwrap();
            world.later(age);
            archive(&world, &id, &account.funds).await.unwrap();
            for (n, there) in markers.into_iter().enumerate() {
                let operation = account.funds.entries[n].operation.as_ref().unwrap();
                let key = match n {
                    0 => keys::operation(&id, &operation.id),
                    _ => keys::request(&id, &operation.id, account.funds.entries[n].at),
                };
                let marker: Option<Marker> = world.store().read(&key).await.unwrap();
                assert_eq!(marker.is_some(), there, "entry {n} after {age:?}");
            }
            let left = load(&world, &id).await.unwrap();
            assert_eq!(left.entries.len(), LEDGER_PAGE_ENTRIES, "the page has left");
        });
    }
}

/// Until a request does not count any more its marker is found, by a clock that is a little behind as well; then it is removed, and nothing of a
/// later use of the same name.
#[test]
fn the_marker_of_a_request_is_found_for_a_day_and_then_removed() {
    let clock_behind = CLOCKS_APART_MAX;
    for hours in 0..24 {
        let world = World::new(&[]);
        run(async {
            world.later(Duration::from_hours(hours) + clock_behind);
            let (id, key, _) = keys::new_account([1; 16]);
            let mut account = Account::new(id.clone(), String::new(), world.now(), ledger::open(&id));
            let holds = (0..2 * LEDGER_PAGE_ENTRIES).map(|n| entry(n, Change::Hold { task: task(n) }));
            let entries =
                (1..).zip(holds).map(|(seq, entry)| Entry { seq, at: world.now().plus(clock_behind), ..entry });
            account.funds.entries = entries.collect();
            let request = account.funds.entries[3].operation.clone().unwrap();
            world.store().create(&key, account.clone()).await.unwrap();
            archive(&world, &id, &account.funds).await.unwrap();
            let found = async || {
                let funds = load(&world, &id).await.unwrap();
                archived(&world, &id, &funds, &request).await.unwrap().map(|marker| marker.at)
            };
            let first = account.funds.entries[3].at;
            assert_eq!(found().await, Some(first), "at once, by a clock that is behind");
            world.later(IDEMPOTENCY_LIFETIME);
            assert_eq!(found().await, Some(first), "to the last");
            world.later(clock_behind);
            assert_eq!(found().await, None);
            let again = Marker { fingerprint: request.fingerprint.clone(), at: world.now(), task: Some(task(99)) };
            world.store().write(&keys::request(&id, &request.id, again.at), &again).await.unwrap();
            world.later(Duration::from_hours(2));
            let stored = world.store().load(key.document()).await.unwrap().unwrap();
            expiry::tidy(&world, &stored, world.now().plus(Duration::from_secs(5))).await.unwrap();
            assert_eq!(world.store().read(&keys::request(&id, &request.id, first)).await.unwrap(), None);
            assert_eq!(found().await, Some(again.at), "used again");
        });
    }
}
