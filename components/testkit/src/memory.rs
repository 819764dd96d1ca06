//! A key-value store in memory that can fail in the ways real ones do.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem::replace;
use std::task::Poll;
use std::time::Duration;

use store::{Backend, Entropy, Timer, Unavailable};

use crate::model::{Kv, Model, Observed, Unsupported};

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

/// A [`Model`] as a backend. Faults are taken from a plan, one a swap; when the plan is used up, nothing fails.
#[derive(Debug, Default)]
pub struct Memory {
    kv: RefCell<Kv>,
    plan: RefCell<VecDeque<Fault>>,
    beaten_by: RefCell<Vec<u8>>,
    seed: Cell<u64>,
    slept: Cell<Duration>,
    down: Cell<bool>,
    takes_time: bool,
    reads: Cell<usize>,
    swaps: Cell<usize>,
}

impl Memory {
    /// An empty store of this model.
    pub fn of(model: Model) -> Self {
        Self { kv: RefCell::new(Kv::new(model)), ..Self::default() }
    }

    /// The same store, whose next swaps meet these faults.
    #[must_use]
    pub fn with_plan(self, plan: impl IntoIterator<Item = Fault>) -> Self {
        Self { plan: RefCell::new(plan.into_iter().collect()), ..self }
    }

    /// The same store, whose reads for a swap and swaps let others go on before they are done.
    #[must_use]
    pub fn that_takes_time(self) -> Self {
        Self { takes_time: true, ..self }
    }

    /// How often a value was read for a swap, and how often it was swapped.
    pub fn called(&self) -> (usize, usize) {
        (self.reads.get(), self.swaps.get())
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
        self.kv.borrow().value(key).map(<[u8]>::to_vec)
    }

    /// All keys there are.
    pub fn keys(&self) -> Vec<String> {
        self.kv.borrow().with_prefix("").map(|(key, _)| key.to_owned()).collect()
    }

    /// How long callers have slept; nobody really waits.
    pub fn slept(&self) -> Duration {
        self.slept.get()
    }

    async fn take_time(&self) {
        if self.takes_time {
            self.others().await;
        }
    }

    /// Lets whoever else has something to do go on.
    async fn others(&self) {
        let mut is_back = false;
        let turn = poll_fn(|context| {
            context.waker().wake_by_ref();
            if replace(&mut is_back, true) { Poll::Ready(()) } else { Poll::Pending }
        });
        turn.await;
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
        self.others().await;
    }
}

impl Backend for &Memory {
    type Swap = Observed;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.check_up()?;
        Ok(self.kv.borrow().get(key, true))
    }

    async fn set(&self, key: &str, value: &[u8], _lifetime: Option<Duration>) -> Result<(), Unavailable> {
        self.check_up()?;
        self.kv.borrow_mut().set(key, value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.check_up()?;
        self.kv.borrow_mut().delete(key);
        Ok(())
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        self.check_up()?;
        self.kv.borrow_mut().increment(key, by).map_err(unsupported)
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Observed), Unavailable> {
        self.reads.set(self.reads.get().saturating_add(1));
        self.take_time().await;
        self.check_up()?;
        self.kv.borrow().current(key).map_err(unsupported)
    }

    async fn swap(&self, observed: Observed, value: &[u8]) -> Result<bool, Unavailable> {
        self.swaps.set(self.swaps.get().saturating_add(1));
        self.take_time().await;
        self.check_up()?;
        let fault = self.plan.borrow_mut().pop_front().unwrap_or(Fault::None);
        if fault == Fault::Beaten {
            let winner = self.beaten_by.borrow().clone();
            self.kv.borrow_mut().set(&observed.key, &winner);
        }
        let unavailable = || {
            let tells = self.kv.borrow().model().tells_failures();
            if tells { Err(Unavailable("fault".into())) } else { Ok(false) }
        };
        if fault == Fault::Unavailable {
            return unavailable();
        }
        let swapped = self.kv.borrow_mut().swap(&observed, value);
        match fault {
            Fault::AppliedButFailed => Ok(false),
            Fault::AppliedButUnavailable => unavailable(),
            Fault::None | Fault::Beaten | Fault::Unavailable => Ok(swapped.said),
        }
    }
}

fn unsupported(_: Unsupported) -> Unavailable {
    Unavailable("there is no such operation here".into())
}
