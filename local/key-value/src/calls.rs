//! What calls on a store take and give.

/// Bytes one call may give a component, as in Spin.
pub(crate) const RESULT_BYTES_MAX: usize = 128 << 20;

/// Keys with their values, where they have one.
pub type Entries = Vec<(String, Option<Vec<u8>>)>;

/// Why a call on a store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than a component may be given at once.
    #[error("the result exceeds the limit of {RESULT_BYTES_MAX} bytes")]
    ResultTooLarge,
    /// An increment of something that is not a counter.
    #[error("the value is not a number: an increment needs eight bytes, a little-endian 64-bit integer")]
    NotANumber,
    /// An increment past what 64 bits hold. The counter keeps its value.
    #[error("the increment overflows a 64-bit integer")]
    Overflow,
    /// `SQLite` failed. Why is in the log, and is not the component's business.
    #[error("the store is unavailable")]
    Unavailable,
}

/// A compare-and-swap.
#[derive(Debug)]
pub struct Exchange {
    /// The key.
    pub key: String,
    /// The value it must still have; `None` expects an absent key.
    pub expected: Option<Vec<u8>>,
    /// The value it gets.
    pub value: Vec<u8>,
}

/// What became of a compare-and-swap.
#[derive(Debug, PartialEq, Eq)]
pub enum Swap {
    /// The value was written.
    Done,
    /// Nothing was written: the key has this value, or none.
    Changed(Option<Vec<u8>>),
}
