//! Changes of one document at the same time, by those of one process: whoever is told that its change is written finds it there once,
//! whatever the store says and whoever goes away.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test cannot do without may fail it"
)]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use domain::{Account, AccountId, Credits, Digest, Funds, Timestamp};
use proptest::prelude::*;
use store::{Decision, Error, Queues, Store, keys};
use testkit::{Fault, Memory, Model};

/// More polls than anything here needs.
const POLLS_MAX: usize = 200_000;

type Answer = Result<Vec<u64>, Error>;

/// Changes under way, which a test lets go on one by one.
struct Callers<'a>(Vec<Caller<'a>>);

enum Caller<'a> {
    Runs(Pin<Box<dyn Future<Output = Answer> + 'a>>),
    Gone,
    Told(Answer),
}

impl<'a> Callers<'a> {
    /// Each of them writes its number at the end of the document's log, and is told the log as it is then; one that refuses writes nothing.
    fn new(stores: &'a [Store<&'a Memory>], count: u64, refuses: impl Fn(u64) -> bool) -> Self {
        let caller = |n| {
            let store = &stores[usize::try_from(n).unwrap() % stores.len()];
            Caller::Runs(Box::pin(append(store, n, refuses(n))))
        };
        Self((0..count).map(caller).collect())
    }

    fn poll(&mut self, n: usize) {
        let caller = &mut self.0[n];
        if let Caller::Runs(future) = caller
            && let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *caller = Caller::Told(answer);
        }
    }

    /// Lets these go on in turn until each was told something.
    fn finish(&mut self, which: impl Fn(usize) -> bool) {
        for _ in 0..POLLS_MAX {
            let running: Vec<usize> =
                (0..self.0.len()).filter(|n| which(*n) && matches!(self.0[*n], Caller::Runs(_))).collect();
            if running.is_empty() {
                return;
            }
            for n in running {
                self.poll(n);
            }
        }
        panic!("somebody is never told anything");
    }

    fn answers(&self) -> impl Iterator<Item = (u64, &Answer)> {
        (0..).zip(&self.0).filter_map(|(n, caller)| match caller {
            Caller::Told(answer) => Some((n, answer)),
            Caller::Runs(_) | Caller::Gone => None,
        })
    }
}

fn id() -> AccountId {
    AccountId::from_random([1; 16])
}

/// The numbers in an account's name: which changes are in it, in their order.
fn log(account: &Account) -> Vec<u64> {
    account.name.split(' ').filter_map(|n| n.parse().ok()).collect()
}

async fn append(store: &Store<&Memory>, n: u64, refuses: bool) -> Answer {
    let key = keys::account(&id());
    let change = store.update(&key, |account: &Account| {
        if refuses {
            return Decision::Keep(log(account));
        }
        let changed = Account { name: format!("{} {n}", account.name), ..account.clone() };
        let log = log(&changed);
        Decision::Write(changed, log)
    });
    change.await
}

fn memory(model: Model, plan: Vec<Fault>) -> Memory {
    let memory = Memory::of(model).that_takes_time();
    let (granted, balance, spent) = (Credits::ZERO, Credits::ZERO, Credits::ZERO);
    let (holds, entries, head) = (BTreeMap::new(), Vec::new(), Digest::of_lines([""]));
    let funds = Funds { granted, balance, spent, holds, archived: 0, entries, head };
    let account = Account::new(id(), String::new(), Timestamp::from_millis(0), funds);
    let create = async { Store::new(&memory).create(&keys::new_account([1; 16]).1, account).await };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(create).unwrap();
    memory.with_plan(plan)
}

fn written(memory: &Memory) -> Vec<u64> {
    let value: serde_json::Value =
        serde_json::from_slice(&memory.value(keys::account(&id()).as_str()).unwrap()).unwrap();
    log(&serde_json::from_value(value["body"].clone()).unwrap())
}

/// Stores of this many processes.
fn stores(memory: &Memory, processes: usize) -> Vec<Store<&Memory>> {
    (0..processes).map(|_| Store::sharing(memory, Queues::default())).collect()
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::None),
        1 => Just(Fault::AppliedButFailed),
        1 => Just(Fault::AppliedButUnavailable),
        1 => Just(Fault::Unavailable),
    ]
}

proptest! {
    /// Callers of two processes go on in any order, some go away at any time, and the store fails as it likes.
    #[test]
    fn whoever_is_told_finds_its_change_once(
        plan in prop::collection::vec(fault(), 0..60),
        model in prop::sample::select(Model::SAFE.to_vec()),
        steps in prop::collection::vec((0..12_usize, prop::bool::weighted(0.02)), 0..400),
        refuses in prop::collection::vec(prop::bool::weighted(0.2), 12),
    ) {
        let memory = memory(model, plan);
        let stores = stores(&memory, 2);
        let mut callers = Callers::new(&stores, 12, |n| refuses[usize::try_from(n).unwrap()]);
        for (n, goes) in steps {
            callers.poll(n);
            if goes && matches!(callers.0[n], Caller::Runs(_)) {
                callers.0[n] = Caller::Gone;
            }
        }
        callers.finish(|_| true);
        let written = written(&memory);
        let times = |n| written.iter().filter(|known| **known == n).count();
        for (n, answer) in callers.answers() {
            let Ok(told) = answer else { panic!("{n}: {answer:?}") };
            prop_assert!(written.starts_with(told), "{n} was told {told:?}, and {written:?} is written");
            prop_assert!(refuses[usize::try_from(n).unwrap()] || told.last() == Some(&n), "{n} was told {told:?}");
        }
        for n in 0..12 {
            let refuses = refuses[usize::try_from(n).unwrap()];
            let is_told = callers.answers().any(|(known, _)| known == n);
            prop_assert!(times(n) <= 1 && (!refuses || times(n) == 0) && (!is_told || refuses || times(n) == 1));
        }
    }
}

#[test]
fn those_of_one_process_share_their_swaps_in_their_order_of_arrival() {
    let memory = memory(Model::Linearizable, Vec::new());
    let stores = stores(&memory, 1);
    let mut callers = Callers::new(&stores, 100, |_| false);
    callers.finish(|_| true);
    let written = written(&memory);
    let (_, swaps) = memory.called();
    assert_eq!((written.len(), swaps), (100, 7));
    // Who leads goes first, whenever it came.
    let late = (0..).zip(&written).filter(|(place, n)| *n > place).count();
    assert!(late <= swaps, "{written:?}");
}

#[test]
fn who_leads_and_goes_away_leaves_nobody_waiting() {
    let mut gone = 0;
    for rounds in 1..10 {
        let memory = memory(Model::Linearizable, Vec::new());
        let stores = stores(&memory, 1);
        let mut callers = Callers::new(&stores, 10, |_| false);
        for _ in 0..rounds {
            (0..10).for_each(|n| callers.poll(n));
        }
        // The first leads: while it reads, while the others go aboard, while it swaps.
        if matches!(callers.0[0], Caller::Runs(_)) {
            callers.0[0] = Caller::Gone;
            gone += 1;
        }
        callers.finish(|_| true);
        assert!(callers.answers().all(|(_, answer)| answer.is_ok()), "after {rounds} rounds");
        let mut written = written(&memory);
        written.sort_unstable();
        let others: Vec<u64> = (1..10).collect();
        assert!(written.ends_with(&others) && written.len() <= 10, "after {rounds} rounds: {written:?}");
    }
    assert!(gone >= 3, "it went away {gone} times");
}

#[test]
fn nobody_waits_for_ever_for_one_who_leads_and_stands_still() {
    let memory = memory(Model::Linearizable, Vec::new());
    let stores = stores(&memory, 1);
    let mut callers = Callers::new(&stores, 10, |_| false);
    callers.poll(0);
    callers.finish(|n| n != 0);
    assert_eq!(written(&memory).len(), 9);
    callers.finish(|_| true);
    assert_eq!(written(&memory).len(), 10, "it loses, and does it again");
}

#[test]
fn a_store_that_is_down_is_asked_once_for_all_that_wait() {
    let memory = memory(Model::Linearizable, Vec::new());
    let stores = stores(&memory, 1);
    let mut callers = Callers::new(&stores, 50, |_| false);
    memory.set_down(true);
    callers.finish(|_| true);
    assert!(callers.answers().all(|(_, answer)| matches!(answer, Err(Error::Unavailable(_)))));
    assert_eq!(memory.called(), (1, 0));
}

#[test]
fn one_that_does_not_fit_keeps_no_other() {
    let memory = memory(Model::Linearizable, Vec::new());
    let stores = stores(&memory, 1);
    let store = &stores[0];
    let key = keys::account(&id());
    let huge = async {
        let huge = store.update(&key, |account: &Account| {
            let name = "x".repeat(store::VALUE_BYTES_MAX);
            Decision::Write(Account { name, ..account.clone() }, Vec::new())
        });
        huge.await
    };
    let mut callers = Callers::new(&stores, 3, |_| false);
    callers.0.insert(2, Caller::Runs(Box::pin(huge)));
    callers.finish(|_| true);
    let answers: Vec<bool> = callers.answers().map(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(answers, [true, true, false, true]);
    assert_eq!((written(&memory), memory.called().1), (vec![0, 1, 2], 3), "each with a swap of its own");
}
