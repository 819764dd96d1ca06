use domain::limits::{GRANT_CREDITS_MAX, KEYS_MAX, LEDGER_PAGE_ENTRIES, NAME_CHARS_MAX};
use domain::{Change, Digest, Entry, Hold, KeyBudget, KeyEntry, Timestamp};
use store::VALUE_BYTES_MAX;

use super::*;
use crate::config::OPEN_TASKS_MAX;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// Pages of the ledger that wait to be archived, at most.
const PAGES_MAX: usize = 8;

fn task(n: usize) -> TaskId {
    TaskId::from_random(u128::try_from(n).unwrap_or_default().to_be_bytes())
}

fn entry(n: usize, change: Change) -> Entry {
    let amount = Credits::new(u64::MAX);
    let digest = Digest::of_lines([n.to_string().as_str()]);
    let operation = Some(Operation { id: digest.clone(), fingerprint: digest.clone() });
    let key = Some("0".repeat(16));
    Entry {
        seq: u64::MAX,
        at: NOW,
        change,
        amount,
        balance: amount,
        held: amount,
        spent: amount,
        key,
        operation,
        hash: digest,
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
