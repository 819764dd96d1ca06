//! Why the store could not do what was asked.

use crate::{Unavailable, VALUE_BYTES_MAX};

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The backend failed; whether a write took effect is not known.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Too many others changed the document at the same time; nothing was written.
    #[error("others were faster every time {key} was to be changed")]
    Conflict {
        /// The document's key.
        key: String,
    },
    /// The document to be changed is not there.
    #[error("{key} does not exist")]
    Missing {
        /// The document's key.
        key: String,
    },
    /// A value is larger than every store takes; nothing was written.
    #[error("{key} would have {size_bytes} bytes; the limit is {VALUE_BYTES_MAX}")]
    TooLarge {
        /// The key.
        key: String,
        /// Its size in bytes.
        size_bytes: usize,
    },
    /// What is stored under a key cannot be read by this version.
    #[error("{key} cannot be read: {reason}")]
    Corrupt {
        /// The key.
        key: String,
        /// What is wrong with its value.
        reason: String,
    },
}
