//! Key-value stores that behave as the real ones do, down to what they get wrong: pure, a call at a time.
//!
//! What they are made from is docs/operations/stores.md. The simulation runs money on those that are safe; the doctor has to tell all of them apart.

use std::collections::BTreeMap;

/// Which store it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Model {
    /// Does what its interface says.
    #[default]
    Linearizable,
    /// `SQLite` as Spin has it: a swap compares values, and one on an absent key always succeeds.
    Sqlite,
    /// Plain reads are stale, a plain write forgets the version a swap compares, whatever fails in a swap is reported as a failed swap.
    DynamoDb,
    /// Whatever fails in a swap is reported as a failed swap.
    Cosmos,
    /// Redis as Spin's key-value store: a swap is done and reported as failed.
    SpinRedis,
    /// Akamai's key-value store: there is no swap, and no counter.
    NoAtomics,
    /// A swap compares nothing.
    BlindSwap,
    /// Reads are stale, also those for a swap.
    Stale,
    /// Every second counter increment is lost.
    LossyCounter,
}

impl Model {
    /// Those that money is safe on.
    pub const SAFE: [Self; 4] = [Self::Linearizable, Self::Sqlite, Self::DynamoDb, Self::Cosmos];
    /// Those that lose it.
    pub const UNSAFE: [Self; 5] = [Self::SpinRedis, Self::NoAtomics, Self::BlindSwap, Self::Stale, Self::LossyCounter];

    /// Whether a swap that failed is told apart from one that lost.
    pub const fn tells_failures(self) -> bool {
        !matches!(self, Self::DynamoDb | Self::Cosmos)
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
    /// Its key.
    pub key: String,
    value: Option<Vec<u8>>,
    version: Option<u64>,
}

/// What came of a swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swapped {
    /// Whether it was done.
    pub done: bool,
    /// Whether the store says so.
    pub said: bool,
}

/// There is no such operation in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported;

/// A store.
#[derive(Debug, Clone, Default)]
pub struct Kv {
    model: Model,
    cells: BTreeMap<String, Cell>,
    counters: BTreeMap<String, i64>,
    versions: u64,
    increments: u64,
}

impl Kv {
    /// An empty store.
    pub const fn new(model: Model) -> Self {
        Self { model, cells: BTreeMap::new(), counters: BTreeMap::new(), versions: 0, increments: 0 }
    }

    /// Which store it is.
    pub const fn model(&self) -> Model {
        self.model
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

    /// A plain read; `late` says that a replica answers that has not heard of the last write yet, where there are replicas.
    pub fn get(&self, key: &str, late: bool) -> Option<Vec<u8>> {
        let stale = match self.model {
            Model::DynamoDb => late,
            Model::Stale => true,
            _ => false,
        };
        let cell = self.cells.get(key)?;
        if stale { cell.before.clone() } else { Some(cell.value.clone()) }
    }

    /// A plain write.
    pub fn set(&mut self, key: &str, value: &[u8]) {
        let version = self.next_version();
        self.write(key, value, (self.model != Model::DynamoDb).then_some(version));
    }

    /// A removal.
    pub fn delete(&mut self, key: &str) {
        self.cells.remove(key);
        self.counters.remove(key);
    }

    /// Adds to a counter.
    ///
    /// # Errors
    /// [`Unsupported`].
    pub fn increment(&mut self, key: &str, by: i64) -> Result<i64, Unsupported> {
        if self.model == Model::NoAtomics {
            return Err(Unsupported);
        }
        let counter = self.counters.entry(key.to_owned()).or_default();
        self.increments = self.increments.wrapping_add(1);
        let sum = counter.wrapping_add(by);
        if self.model != Model::LossyCounter || !self.increments.is_multiple_of(2) {
            *counter = sum;
        }
        Ok(sum)
    }

    /// A read for a swap.
    ///
    /// # Errors
    /// [`Unsupported`].
    pub fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Observed), Unsupported> {
        if self.model == Model::NoAtomics {
            return Err(Unsupported);
        }
        let value = self.get(key, false);
        let version = self.cells.get(key).and_then(|cell| cell.version);
        Ok((value.clone(), Observed { key: key.to_owned(), value, version }))
    }

    /// Swaps as this store does.
    pub fn swap(&mut self, observed: &Observed, value: &[u8]) -> Swapped {
        let current = self.cells.get(&observed.key);
        let done = match (self.model, current, &observed.value) {
            (Model::BlindSwap, ..) | (Model::Sqlite, _, None) | (_, None, None) => true,
            (_, None, Some(_)) | (_, Some(_), None) => false,
            (Model::Sqlite, Some(cell), Some(read)) => cell.value == *read,
            (Model::DynamoDb, Some(cell), Some(read)) if observed.version.is_none() => cell.value == *read,
            (_, Some(cell), Some(_)) => cell.version == observed.version,
        };
        if done {
            let version = self.next_version();
            self.write(&observed.key, value, Some(version));
        }
        Swapped { done, said: done && self.model != Model::SpinRedis }
    }

    const fn next_version(&mut self) -> u64 {
        self.versions = self.versions.wrapping_add(1);
        self.versions
    }

    fn write(&mut self, key: &str, value: &[u8], version: Option<u64>) {
        let before = self.cells.remove(key).map(|cell| cell.value);
        self.cells.insert(key.to_owned(), Cell { value: value.to_owned(), version, before });
    }
}
