//! Generations: pictures of a trained character.

use serde::{Deserialize, Serialize};

use crate::{AspectRatio, CharacterId, Format, Generator};

/// What pictures are to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// The character.
    pub character: CharacterId,
    /// The prompt as the caller wrote it.
    pub prompt: String,
    /// The pictures' shape.
    pub aspect_ratio: AspectRatio,
    /// How many were asked for, 1 to 4.
    pub num_outputs: u8,
    /// What the randomness is drawn from: the same one gives the same pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// How strongly the character shows, in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lora_scale_percent: Option<u16>,
    /// The pictures' format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_format: Option<Format>,
    /// What makes them, where the character's family has a model of its own at some provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<Generator>,
}
