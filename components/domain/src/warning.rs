//! What the owner of photos may want to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something about a photo that was accepted, and that its owner may want to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// The photo's number, from 1.
    pub image: usize,
    /// What it is, for programs.
    pub code: WarningCode,
    /// What it means, for people.
    pub message: String,
}

/// The codes of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum WarningCode {
    /// Fewer pixels than give good results.
    LowResolution,
    /// Byte for byte the same as another one.
    DuplicateImage,
    /// Nothing in it is sharp.
    Blurred,
    /// Even its lightest parts are dark.
    TooDark,
    /// Even its darkest parts are light, or much of it is burnt out.
    TooBright,
    /// It shows nearly what another one shows.
    NearDuplicate,
    /// Most photos of the set have its background.
    SameBackground,
    /// It is turned or mirrored only when it is shown.
    NotUpright,
    /// It says where it was taken; that was taken out of it.
    LocationRemoved,
    /// It was not looked at: it is too large, of a rare kind, or there was no time left.
    NotLookedAt,
    /// A model saw no face on it.
    NoFace,
    /// A model saw more than one face on it.
    SeveralFaces,
    /// The largest face that a model saw on it is small.
    SmallFace,
    /// A model saw sunglasses in front of the face.
    Sunglasses,
}
