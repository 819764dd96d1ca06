//! What instances hold of their host, behind handles.

use std::sync::Arc;

use ::redis::aio::ConnectionManager;

use crate::turns::Turn;

/// An open store.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Store {
    pub(super) label: Arc<str>,
}

/// An open connection.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Connection(pub(super) ConnectionManager);

/// An open store.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Bucket {
    pub(super) label: Arc<str>,
}

/// A compare-and-swap that is under way. It outlives the bucket it was made from.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Cas {
    pub(super) label: Arc<str>,
    pub(super) key: String,
    /// What the component was told the key has. Told nothing, it expects an absent key: a swap never overwrites what
    /// its component has not seen.
    pub(super) seen: Option<Vec<u8>>,
    /// From when the component read the value.
    pub(super) turn: Option<Turn>,
}
