//! Key-value stores that behave as the real ones do, down to what they get wrong. What that is stands in docs/money.md.

use std::collections::BTreeMap;
use std::rc::Rc;

use store::Unavailable;

use crate::watch;
use crate::world::{Event, Mishap, World};

/// Which store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Does what its interface says.
    Linearizable,
    /// A swap compares values, and one on an absent key always succeeds.
    Sqlite,
    /// Plain reads are stale, a plain write forgets the version a swap compares, whatever fails in a swap is reported as a failed swap.
    DynamoDb,
    /// Whatever fails in a swap is reported as a failed swap.
    Cosmos,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Linearizable, Self::Sqlite, Self::DynamoDb, Self::Cosmos];

    /// Whether a swap that failed is told apart from one that lost.
    const fn tells_failures(self) -> bool {
        matches!(self, Self::Linearizable | Self::Sqlite)
    }
}

/// A value and what the store knows of it.
#[derive(Debug, Clone)]
struct Cell {
    value: Vec<u8>,
    /// Never the same twice in the store's life; `DynamoDB` forgets it at a plain write.
    version: Option<u64>,
    before: Option<Vec<u8>>,
}

/// A value as it was read for a swap.
#[derive(Debug, Clone)]
pub struct Observed {
    key: String,
    value: Option<Vec<u8>>,
    version: Option<u64>,
}

/// A write that was reported as failed, and takes effect later.
#[derive(Debug, Clone)]
pub struct LateWrite {
    observed: Option<Observed>,
    key: String,
    value: Vec<u8>,
}

/// The store of a history.
#[derive(Debug, Clone)]
pub struct Kv {
    model: Model,
    cells: BTreeMap<String, Cell>,
    counters: BTreeMap<String, i64>,
    versions: u64,
}

impl Kv {
    /// An empty store.
    pub const fn new(model: Model) -> Self {
        Self { model, cells: BTreeMap::new(), counters: BTreeMap::new(), versions: 0 }
    }

    /// What is stored under a key, really.
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.cells.get(key).map(|cell| cell.value.as_slice())
    }

    /// All keys that begin so, with their values.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let from = self.cells.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix));
        from.map(|(key, cell)| (key.as_str(), cell.value.as_slice()))
    }

    /// Puts a document where it is from the beginning.
    pub fn place(&mut self, key: &str, body: &impl serde::Serialize) {
        let stored = serde_json::json!({ "v": 1, "revision": 1, "writers": [], "body": body });
        self.set(key, stored.to_string().as_bytes());
    }

    /// Counts an account that is there from the beginning.
    pub fn next_account(&mut self) -> u64 {
        let opened = self.counters.entry(store::keys::OPENED.as_str().to_owned()).or_default();
        *opened += 1;
        u64::try_from(*opened).unwrap_or_default()
    }

    fn set(&mut self, key: &str, value: &[u8]) {
        self.versions += 1;
        let version = (self.model != Model::DynamoDb).then_some(self.versions);
        let before = self.cells.remove(key).map(|cell| cell.value);
        self.cells.insert(key.to_owned(), Cell { value: value.to_owned(), version, before });
    }

    /// Swaps as this store does, and says whether it did.
    fn swap(&mut self, observed: &Observed, value: &[u8]) -> bool {
        let current = self.cells.get(&observed.key);
        let same = match (self.model, current, &observed.value) {
            (Model::Sqlite, _, None) | (_, None, None) => true,
            (_, None, Some(_)) | (_, Some(_), None) => false,
            (Model::Sqlite, Some(cell), Some(read)) => cell.value == *read,
            (Model::DynamoDb, Some(cell), Some(read)) if observed.version.is_none() => cell.value == *read,
            (_, Some(cell), Some(_)) => cell.version == observed.version,
        };
        if same {
            self.versions += 1;
            let before = self.cells.remove(&observed.key).map(|cell| cell.value);
            let cell = Cell { value: value.to_owned(), version: Some(self.versions), before };
            self.cells.insert(observed.key.clone(), cell);
        }
        same
    }
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
        Some(Mishap::FailAfter) => Fate::FailsAfter,
        _ if world.happens(faults.store_before) => Fate::FailsBefore,
        _ if world.happens(faults.store_after) => Fate::FailsAfter,
        _ if world.happens(faults.store_late) => Fate::TakesEffectLate,
        _ => Fate::Well,
    }
}

fn failed<T>(world: &World, what: &str, key: &str, how: &str) -> Result<T, Unavailable> {
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
        let kv = self.0.kv.borrow();
        let stale = kv.model == Model::DynamoDb && self.0.happens(100);
        let cell = kv.cells.get(key);
        Ok(if stale { cell.and_then(|cell| cell.before.clone()) } else { cell.map(|cell| cell.value.clone()) })
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.0.turn().await;
        match fate(&self.0) {
            Fate::FailsBefore => return failed(&self.0, "writing", key, ""),
            Fate::TakesEffectLate => {
                let write = LateWrite { observed: None, key: key.to_owned(), value: value.to_owned() };
                self.0.later(self.0.millis(1, 30_000), Event::LateWrite(write));
                return failed(&self.0, "writing", key, ", and takes effect later");
            }
            Fate::FailsAfter => {
                set(&self.0, key, value);
                return failed(&self.0, "writing", key, ", though it was done");
            }
            Fate::Well => set(&self.0, key, value),
        }
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.0.turn().await;
        let fate = fate(&self.0);
        if matches!(fate, Fate::Well | Fate::FailsAfter) {
            self.0.tell(|| format!("process {} removes {}", self.0.poll.get().process, short(key)));
            self.0.kv.borrow_mut().cells.remove(key);
        }
        if matches!(fate, Fate::Well) { Ok(()) } else { failed(&self.0, "removing", key, "") }
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        self.0.turn().await;
        let fate = fate(&self.0);
        if matches!(fate, Fate::FailsBefore | Fate::TakesEffectLate) {
            return failed(&self.0, "counting", key, "");
        }
        let sum = {
            let mut kv = self.0.kv.borrow_mut();
            let counter = kv.counters.entry(key.to_owned()).or_default();
            *counter += by;
            *counter
        };
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
        let kv = self.0.kv.borrow();
        let (value, version) = kv.cells.get(key).map_or((None, None), |cell| (Some(cell.value.clone()), cell.version));
        Ok((value.clone(), Observed { key: key.to_owned(), value, version }))
    }

    async fn swap(&self, observed: Observed, value: &[u8]) -> Result<bool, Unavailable> {
        self.0.turn().await;
        let tells = self.0.kv.borrow().model.tells_failures();
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
                let write = LateWrite { observed: Some(observed.clone()), key, value: value.to_owned() };
                self.0.later(self.0.millis(1, 30_000), Event::LateWrite(write));
                fail(", and may take effect later")
            }
        }
    }
}

/// Lets a late write take effect, if it still can.
pub fn apply_late(world: &World, write: LateWrite) {
    match write.observed {
        None => set(world, &write.key, &write.value),
        Some(observed) => drop(swap(world, &observed, &write.value)),
    }
}

fn set(world: &World, key: &str, value: &[u8]) {
    watch::written(world, key, value);
    world.kv.borrow_mut().set(key, value);
}

fn swap(world: &World, observed: &Observed, value: &[u8]) -> bool {
    let before = world.kv.borrow().value(&observed.key).map(<[u8]>::to_vec);
    let swapped = world.kv.borrow_mut().swap(observed, value);
    if swapped {
        watch::changed(world, &observed.key, before.as_deref(), value);
    }
    swapped
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
