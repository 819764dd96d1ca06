//! A key-value store in memory that can fail in the ways real ones do.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use store::{Backend, Entropy, Timer, Unavailable};

/// What goes wrong at one swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The swap takes effect and is reported as failed, as Redis behind Spin does every time and others when a time limit is hit.
    AppliedButFailed,
    /// The swap takes effect and the store answers with an error.
    AppliedButUnavailable,
    /// The swap does not take effect and the store answers with an error.
    Unavailable,
    /// Somebody else's write comes first: this value is stored under the key just before the swap.
    Beaten,
}

/// A linearizable store in memory. Faults are taken from a plan, one a swap; when the plan is used up, nothing fails.
#[derive(Debug, Default)]
pub struct Memory {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    plan: RefCell<VecDeque<Fault>>,
    beaten_by: RefCell<Vec<u8>>,
    seed: Cell<u64>,
    slept: Cell<Duration>,
    down: Cell<bool>,
}

impl Memory {
    /// An empty store whose next swaps meet these faults.
    pub fn with_faults(plan: impl IntoIterator<Item = Fault>) -> Self {
        Self { plan: RefCell::new(plan.into_iter().collect()), ..Self::default() }
    }

    /// The value somebody else writes at every [`Fault::Beaten`].
    pub fn beat_with(&self, value: impl Into<Vec<u8>>) {
        *self.beaten_by.borrow_mut() = value.into();
    }

    /// Fails every call from now on, or no longer.
    pub fn set_down(&self, down: bool) {
        self.down.set(down);
    }

    /// What is stored under a key.
    pub fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.values.borrow().get(key).cloned()
    }

    /// All keys there are.
    pub fn keys(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }

    /// How long callers have slept; nobody really waits.
    pub fn slept(&self) -> Duration {
        self.slept.get()
    }

    fn check_up(&self) -> Result<(), Unavailable> {
        if self.down.get() { Err(Unavailable("down".into())) } else { Ok(()) }
    }

    fn next_random(&self) -> u64 {
        // SplitMix64: tests want bits that differ and repeat with the seed, nothing more.
        let state = self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seed.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for &Memory {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_random().to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
        }
        bytes
    }
}

impl Timer for &Memory {
    async fn sleep(&self, duration: Duration) {
        self.slept.set(self.slept.get().saturating_add(duration));
    }
}

/// The key and the value it had.
type Remembered = (String, Option<Vec<u8>>);

impl Backend for &Memory {
    type Swap = Remembered;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.check_up()?;
        Ok(self.value(key))
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.check_up()?;
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.check_up()?;
        self.values.borrow_mut().remove(key);
        Ok(())
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        self.check_up()?;
        let mut counters = self.counters.borrow_mut();
        let sum = counters.entry(key.to_owned()).or_default();
        *sum = sum.wrapping_add(by);
        Ok(*sum)
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Remembered), Unavailable> {
        self.check_up()?;
        let value = self.value(key);
        Ok((value.clone(), (key.to_owned(), value)))
    }

    async fn swap(&self, (key, remembered): Remembered, value: &[u8]) -> Result<bool, Unavailable> {
        self.check_up()?;
        let fault = self.plan.borrow_mut().pop_front().unwrap_or(Fault::None);
        if fault == Fault::Beaten {
            let winner = self.beaten_by.borrow().clone();
            self.values.borrow_mut().insert(key.clone(), winner);
        }
        let mut values = self.values.borrow_mut();
        let applied = fault != Fault::Unavailable && values.get(&key) == remembered.as_ref();
        if applied {
            values.insert(key, value.to_owned());
        }
        match fault {
            Fault::None | Fault::Beaten => Ok(applied),
            Fault::AppliedButFailed => Ok(false),
            Fault::AppliedButUnavailable | Fault::Unavailable => Err(Unavailable("fault".into())),
        }
    }
}
