//! The compare-and-swap loop against a store that fails in the ways real ones do.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::{Account, AccountId, Credits, Digest, Funds, Timestamp};
use proptest::prelude::*;
use store::{Decision, DocumentKey, Error, NewKey, Store, keys};
use testkit::{Fault, Memory, Model};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn id() -> AccountId {
    AccountId::from_random([1; 16])
}

fn key() -> DocumentKey<Account> {
    keys::account(&id())
}

fn new_key() -> NewKey<Account> {
    keys::new_account([1; 16]).1
}

fn account(balance: u64) -> Account {
    let (granted, balance, spent) = (Credits::ZERO, Credits::new(balance), Credits::ZERO);
    let (holds, entries, head) = (BTreeMap::new(), Vec::new(), Digest::of_lines([""]));
    let funds = Funds { granted, balance, spent, holds, archived: 0, entries, head };
    Account::new(id(), "a".into(), Timestamp::from_millis(0), funds)
}

/// Adds one credit: not idempotent on purpose, so that an update applied twice shows.
async fn add_one(store: &Store<&Memory>) -> Result<u64, Error> {
    store
        .update(&key(), |account: &Account| {
            let sum = account.funds.balance.plus(Credits::new(1)).unwrap();
            let funds = Funds { balance: sum, ..account.funds.clone() };
            Decision::Write(Account { funds, ..account.clone() }, sum.amount())
        })
        .await
}

async fn balance(store: &Store<&Memory>) -> u64 {
    store.load(&key()).await.unwrap().unwrap().funds.balance.amount()
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        Just(Fault::AppliedButFailed),
        Just(Fault::AppliedButUnavailable),
        Just(Fault::Unavailable),
    ]
}

proptest! {
    #[test]
    fn an_update_is_applied_exactly_once_whatever_the_store_says(
        plan in prop::collection::vec(fault(), 0..40),
        model in prop::sample::select(Model::SAFE.to_vec()),
    ) {
        let memory = Memory::of(model).with_plan(plan);
        run(async {
            let store = Store::new(&memory);
            store.create(&new_key(), account(0)).await.unwrap();
            let mut expected = 0;
            for _ in 0..10 {
                match add_one(&store).await {
                    Ok(sum) => {
                        expected += 1;
                        assert_eq!(sum, expected);
                    }
                    Err(error) => assert!(matches!(error, Error::Conflict { .. }), "{error}"),
                }
                assert_eq!(balance(&store).await, expected);
            }
        });
    }
}

#[test]
fn a_lost_race_is_decided_again_on_what_is_there_now() {
    let memory = Memory::default().with_plan([Fault::Beaten, Fault::None]);
    run(async {
        let store = Store::new(&memory);
        store.create(&new_key(), account(100)).await.unwrap();
        memory.beat_with(memory.value(key().as_str()).unwrap());
        store.create(&new_key(), account(7)).await.unwrap();
        // The store now holds 7; just before the swap somebody writes 100 back.
        assert_eq!(add_one(&store).await, Ok(101));
        assert!(memory.slept() > std::time::Duration::ZERO);
    });
}

#[test]
fn attempts_are_bounded_and_nothing_was_written() {
    let memory = Memory::default().with_plan(vec![Fault::Unavailable; 200]);
    run(async {
        let store = Store::new(&memory);
        store.create(&new_key(), account(0)).await.unwrap();
        assert!(matches!(add_one(&store).await, Err(Error::Conflict { .. })));
        assert_eq!(memory.called().1, 100);
        assert_eq!(balance(&store).await, 0);
    });
}

#[test]
fn a_decision_to_keep_writes_nothing() {
    let memory = Memory::default();
    run(async {
        let store = Store::new(&memory);
        store.create(&new_key(), account(5)).await.unwrap();
        let before = memory.value(key().as_str());
        let asked = Cell::new(0);
        let key = key();
        let outcome = store.update(&key, |account: &Account| {
            asked.set(asked.get() + 1);
            Decision::Keep(account.funds.balance.amount())
        });
        assert_eq!(outcome.await, Ok(5));
        assert_eq!((memory.value(key.as_str()), asked.get()), (before, 1));
    });
}

#[test]
fn what_is_missing_or_unreachable_is_said_and_never_taken_for_empty() {
    let memory = Memory::default();
    run(async {
        let store = Store::new(&memory);
        assert!(matches!(add_one(&store).await, Err(Error::Missing { .. })));
        assert_eq!(store.load(&key()).await, Ok(None));
        memory.set_down(true);
        assert!(matches!(store.load(&key()).await, Err(Error::Unavailable(_))));
        assert!(matches!(add_one(&store).await, Err(Error::Unavailable(_))));
    });
}
