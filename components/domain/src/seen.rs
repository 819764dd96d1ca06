//! What a model saw on photos.

use serde::{Deserialize, Serialize};

/// What a model saw on one photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How many faces.
    pub faces: u8,
    /// How high the largest one is, in percent of the photo's height, where the model said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face_percent: Option<u8>,
    /// Whether there are sunglasses in front of it.
    pub sunglasses: bool,
}
