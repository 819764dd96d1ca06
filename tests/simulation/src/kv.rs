//! The key-value store of a history: one of the models, with its faults. What those are stands in docs/money.md.

use std::rc::Rc;

use store::Unavailable;
use testkit::{Kv, Observed};

use crate::watch;
use crate::world::{Event, Mishap, World};

/// A write that was reported as failed, and takes effect later.
#[derive(Debug, Clone)]
pub struct LateWrite {
    process: usize,
    observed: Option<Observed>,
    key: String,
    value: Vec<u8>,
}

/// Puts a document where it is from the beginning.
pub fn place(kv: &mut Kv, key: &str, body: &impl serde::Serialize) {
    let stored = serde_json::json!({ "v": 1, "revision": 1, "writers": [], "body": body });
    kv.set(key, stored.to_string().as_bytes());
}

/// Counts an account that is there from the beginning.
pub fn next_account(kv: &mut Kv) -> u64 {
    kv.increment(store::keys::OPENED.as_str(), 1).ok().and_then(|opened| u64::try_from(opened).ok()).unwrap_or_default()
}

/// How a store call goes.
enum Fate {
    Well,
    FailsBefore,
    FailsAfter,
    TakesEffectLate,
}

fn fate(world: &World) -> Fate {
    let faults = world.faults.get();
    match world.poll.get().mishap {
        Some(Mishap::FailBefore) => Fate::FailsBefore,
        Some(Mishap::FailAfter | Mishap::GoAway) => Fate::FailsAfter,
        _ if world.happens(faults.store_before) => Fate::FailsBefore,
        _ if world.happens(faults.store_after) => Fate::FailsAfter,
        _ if world.happens(faults.store_late) => Fate::TakesEffectLate,
        _ => Fate::Well,
    }
}

fn failed<T>(world: &World, what: &str, key: &str, how: &str) -> Result<T, Unavailable> {
    world.evidence.borrow_mut().troubled.insert(world.poll.get().process);
    world.tell(|| format!("process {}: {what} {} fails{how}", world.poll.get().process, short(key)));
    Err(Unavailable("simulated".to_owned()))
}

/// The store as one process sees it.
#[derive(Clone)]
pub struct Handle(pub Rc<World>);

impl store::Entropy for Handle {
    fn random<const N: usize>(&self) -> [u8; N] {
        self.0.bytes()
    }
}

impl store::Timer for Handle {
    async fn sleep(&self, duration: std::time::Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.until(self.0.time.get().saturating_add(millis)).await;
    }
}

impl store::Backend for Handle {
    type Swap = Observed;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.0.turn().await;
        if !matches!(fate(&self.0), Fate::Well) {
            return failed(&self.0, "reading", key, "");
        }
        Ok(self.0.kv.borrow().get(key, self.0.happens(100)))
    }

    async fn set(&self, key: &str, value: &[u8], _lifetime: Option<std::time::Duration>) -> Result<(), Unavailable> {
        self.0.turn().await;
        let process = self.0.poll.get().process;
        match fate(&self.0) {
            Fate::FailsBefore => return failed(&self.0, "writing", key, ""),
            Fate::TakesEffectLate => {
                let write = LateWrite { process, observed: None, key: key.to_owned(), value: value.to_owned() };
                self.0.later(self.0.millis(1, 30_000), Event::LateWrite(write));
                return failed(&self.0, "writing", key, ", and takes effect later");
            }
            Fate::FailsAfter => {
                set(&self.0, key, value, process);
                return failed(&self.0, "writing", key, ", though it was done");
            }
            Fate::Well => set(&self.0, key, value, process),
        }
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.0.turn().await;
        let fate = fate(&self.0);
        if matches!(fate, Fate::Well | Fate::FailsAfter) {
            self.0.tell(|| format!("process {} removes {}", self.0.poll.get().process, short(key)));
            watch::removed(&self.0, key);
            self.0.kv.borrow_mut().delete(key);
        }
        if matches!(fate, Fate::Well) { Ok(()) } else { failed(&self.0, "removing", key, "") }
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        self.0.turn().await;
        let fate = fate(&self.0);
        if matches!(fate, Fate::FailsBefore | Fate::TakesEffectLate) {
            return failed(&self.0, "counting", key, "");
        }
        let sum = self.0.kv.borrow_mut().increment(key, by).map_err(unsupported)?;
        if matches!(fate, Fate::FailsAfter) {
            failed(&self.0, "counting", key, ", though it was done")
        } else {
            Ok(sum)
        }
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Observed), Unavailable> {
        self.0.turn().await;
        if !matches!(fate(&self.0), Fate::Well) {
            return failed(&self.0, "reading", key, "");
        }
        self.0.kv.borrow().current(key).map_err(unsupported)
    }

    async fn swap(&self, observed: Observed, value: &[u8]) -> Result<bool, Unavailable> {
        self.0.turn().await;
        let tells = self.0.kv.borrow().model().tells_failures();
        let fail = |how: &str| {
            let failed = failed(&self.0, "changing", &observed.key, how);
            if tells { failed } else { Ok(false) }
        };
        match fate(&self.0) {
            Fate::Well => Ok(swap(&self.0, &observed, value)),
            Fate::FailsBefore => fail(""),
            Fate::FailsAfter => {
                let done = swap(&self.0, &observed, value);
                fail(if done { ", though it was done" } else { "" })
            }
            Fate::TakesEffectLate => {
                let key = observed.key.clone();
                let process = self.0.poll.get().process;
                let write = LateWrite { process, observed: Some(observed.clone()), key, value: value.to_owned() };
                self.0.later(self.0.millis(1, 30_000), Event::LateWrite(write));
                fail(", and may take effect later")
            }
        }
    }
}

fn unsupported(_: testkit::Unsupported) -> Unavailable {
    Unavailable("there is no such operation here".to_owned())
}

/// Lets a late write take effect, if it still can.
pub fn apply_late(world: &World, write: LateWrite) {
    match write.observed {
        None => {
            world.evidence.borrow_mut().late.insert(write.key.clone());
            set(world, &write.key, &write.value, write.process);
        }
        Some(observed) => drop(swap(world, &observed, &write.value)),
    }
}

fn set(world: &World, key: &str, value: &[u8], process: usize) {
    watch::written(world, key, value, process);
    world.kv.borrow_mut().set(key, value);
}

fn swap(world: &World, observed: &Observed, value: &[u8]) -> bool {
    let before = world.kv.borrow().value(&observed.key).map(<[u8]>::to_vec);
    let swapped = world.kv.borrow_mut().swap(observed, value);
    if swapped.done {
        watch::changed(world, &observed.key, before.as_deref(), value);
    }
    swapped.said
}

/// A key as the story shows it: ids by their first digits.
pub fn short(key: &str) -> String {
    let part = |part: &str| match part.split_once('_') {
        Some((kind, digits)) if digits.len() == 32 => format!("{kind}_{}", digits.get(..4).unwrap_or(digits)),
        _ if part.len() == 64 => part.get(..4).unwrap_or(part).to_owned(),
        _ => part.to_owned(),
    };
    key.split(':').map(part).collect::<Vec<_>>().join(":")
}
