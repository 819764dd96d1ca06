//! Trained models.

use serde::{Deserialize, Serialize};

use crate::{Base, BlobLocation, Digest, ProviderName};

/// A trained model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Who trained it.
    pub provider: ProviderName,
    /// How that provider names it.
    pub name: String,
    /// Where that provider keeps its weights, if it said so: a `.safetensors` file, or a tar with one in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it was trained on: its weights run on that only.
    #[serde(default, skip_serializing_if = "Base::is_default")]
    pub base: Base,
    /// Our own copy of the weights, which other providers can use. Nothing until they were copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weights>,
}

/// The weights of a model: a `.safetensors` file among our blobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Size in bytes.
    pub size_bytes: u32,
    /// Where its bytes are.
    #[serde(default)]
    #[serde(rename = "place")]
    pub location: BlobLocation,
}
