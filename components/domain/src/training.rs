//! Trainings: photos to a model.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Base, CharacterId, Format, ProviderName};

/// A training as it was ordered. Decided once: what the catalogue says later changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    /// The character.
    pub character: CharacterId,
    /// On which family of models.
    #[serde(default, skip_serializing_if = "Base::is_default")]
    pub base: Base,
    /// How each provider that can is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<TrainingRequest>,
}

/// How one provider is asked for a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingRequest {
    /// Who is asked.
    pub provider: ProviderName,
    /// The trainer as the provider names it, maybe with a version; that of a container has no name.
    pub trainer: String,
    /// The name of the input that is the address of the photos.
    pub zip: String,
    /// The other inputs, as the trainer names them.
    pub input: Map<String, Value>,
}

/// What makes pictures with weights, where a provider has a model of its own for each family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// Who has it.
    pub provider: ProviderName,
    /// As the provider names it.
    pub model: String,
    /// The formats that it makes.
    pub formats: Vec<Format>,
}

impl Training {
    /// A training of FLUX.1 that no provider is to be asked for yet.
    pub fn of(character: CharacterId) -> Self {
        Self { character, base: Base::default(), requests: Vec::new() }
    }

    /// How this provider is asked; nothing where it cannot train so.
    pub fn request_to(&self, provider: ProviderName) -> Option<&TrainingRequest> {
        self.requests.iter().find(|request| request.provider == provider)
    }

    /// The training without what was asked of it.
    pub(crate) fn erased(&self) -> Self {
        Self { requests: Vec::new(), ..self.clone() }
    }
}
