//! Where the bytes of a photo or a picture are kept.

use serde::{Deserialize, Serialize};

/// Where the bytes are. It stands in every document that has some, so that a deployment can change its mind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobLocation {
    /// In chunks in the store.
    #[default]
    Store,
    /// An object in the bucket.
    Bucket,
}
