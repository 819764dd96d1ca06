//! The port: what a key-value store, randomness and time have to offer.

use std::any::Any;
use std::fmt;
use std::time::Duration;

/// Longest key that every store takes, in characters of `[A-Za-z0-9._:-]`.
pub const KEY_CHARS_MAX: usize = 200;
/// Largest value that every store takes, in bytes.
pub const VALUE_BYTES_MAX: usize = 256 * 1024;

/// The backend failed or could not be reached. Whether a write took effect is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key-value store failed: {0}")]
pub struct Unavailable(pub String);

/// Randomness fit for ids and secrets.
pub trait Entropy {
    /// Random bytes.
    fn random<const N: usize>(&self) -> [u8; N];
}

/// Waiting.
#[expect(async_fn_in_trait, reason = "used on one thread, in a guest or a test; no future needs `Send`")]
pub trait Timer {
    /// Returns after `duration`.
    async fn sleep(&self, duration: Duration);

    /// Sleeps until the bell goes, at most `longest`. On a host where one request cannot wake another, the bell is silent.
    fn nap(&self, longest: Duration) -> (Bell, impl Future<Output = ()>) {
        (Bell::of(()), self.sleep(longest))
    }
}

/// Wakes whoever naps until it goes: by being dropped.
pub struct Bell(#[expect(dead_code, reason = "its drop is what it is for")] Box<dyn Any + Send>);

impl Bell {
    /// A bell that is rung by dropping this.
    pub fn of(rope: impl Send + 'static) -> Self {
        Self(Box::new(rope))
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

/// A key-value store. Keys are `[A-Za-z0-9._:-]` of at most [`KEY_CHARS_MAX`], values at most [`VALUE_BYTES_MAX`].
///
/// [`Backend::swap`] takes a [`Backend::Swap`], and only [`Backend::current`] gives one: a swap that compares with nothing cannot be written.
#[expect(async_fn_in_trait, reason = "used on one thread, in a guest or a test; no future needs `Send`")]
pub trait Backend: Entropy + Timer {
    /// A value as it was read, for the swap that replaces it. Keeps open whatever the swap needs.
    type Swap;

    /// Reads a value; it may be a little stale where the store replicates.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Writes a value that is never swapped, or creates one that will be. Where there is a `lifetime`, the store may forget the value once it is
    /// over; it need not.
    async fn set(&self, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), Unavailable>;

    /// Removes a value, if there is one.
    async fn delete(&self, key: &str) -> Result<(), Unavailable>;

    /// Adds to a counter, which is 0 where there is none, and returns its sum. A counter is only ever incremented.
    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable>;

    /// Reads a value as of now, and remembers it for a swap.
    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Self::Swap), Unavailable>;

    /// Replaces the value if it is still the one remembered. `false` says that it was not replaced - or that it was, and the store does not
    /// know: several stores report a swap that took effect as failed.
    async fn swap(&self, swap: Self::Swap, value: &[u8]) -> Result<bool, Unavailable>;
}
