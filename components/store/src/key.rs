//! What a key is a key of. [`keys`](crate::keys) has all there are.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

/// The key of a document of type `T`.
#[derive(Debug)]
pub struct DocumentKey<T> {
    key: String,
    of: PhantomData<fn() -> T>,
}

impl<T> DocumentKey<T> {
    pub(crate) fn new(key: String) -> Self {
        Self { key, of: PhantomData }
    }

    /// The key in the store.
    pub fn as_str(&self) -> &str {
        &self.key
    }
}

/// The key of a document that nobody else can know yet: it is made of random bits, together with the id in it, or of a number that was given
/// to nobody else. It is good for creating the document. So no document that is there already is ever written over.
#[derive(Debug)]
pub struct NewKey<T>(pub(crate) DocumentKey<T>);

impl<T> NewKey<T> {
    /// The key of the document from then on.
    pub const fn document(&self) -> &DocumentKey<T> {
        &self.0
    }
}

/// The key of a plain value of type `T`: written and read whole, never swapped.
#[derive(Debug)]
pub struct RecordKey<T> {
    key: String,
    lifetime: Option<Duration>,
    of: PhantomData<fn() -> T>,
}

impl<T> RecordKey<T> {
    pub(crate) fn new(key: String) -> Self {
        Self { key, lifetime: None, of: PhantomData }
    }

    /// The same key, of a value that the store may forget after this time.
    pub(crate) fn forgotten_after(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// When the store may forget the value, counted from its writing.
    pub(crate) const fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }

    /// The key in the store.
    pub fn as_str(&self) -> &str {
        &self.key
    }
}

/// The key of a blob; its chunks' keys, or its object's name, are made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobKey {
    key: String,
    /// When the store may forget it, counted from its writing.
    lifetime: Option<Duration>,
}

impl BlobKey {
    pub(crate) const fn new(key: String, lifetime: Option<Duration>) -> Self {
        Self { key, lifetime }
    }

    pub(crate) fn chunk(&self, n: usize) -> String {
        format!("{}:{n}", self.key)
    }

    /// When the store may forget it, counted from its writing.
    pub(crate) const fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }

    /// Its name in a bucket, in which a slash makes a folder.
    pub(crate) fn object(&self) -> String {
        self.key.replace(':', "/")
    }
}

/// The key of a counter. Stores write counters in their own ways, so it is only ever incremented.
#[derive(Debug, Clone)]
pub struct CounterKey(pub(crate) Cow<'static, str>);

impl CounterKey {
    /// The key in the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
