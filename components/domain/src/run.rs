//! Runs: jobs of models that know no character.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CharacterId, MediaKind, ProviderName};

/// The parameter of a run that makes a report: the addresses of the photos that it is about.
pub const INSPECTED_PHOTOS: &str = "image_urls";

/// What a model of the catalogue is to do. Decided once, when it is asked for: what the catalogue says later changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The model, by its id in the catalogue.
    pub model: String,
    /// What it makes.
    pub media: MediaKind,
    /// The prompt as the caller wrote it, where the model takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The other parameters that count, defaults included.
    pub params: Map<String, Value>,
    /// How many files it has to make. No fewer are charged for, and no more are kept.
    pub count: u8,
    /// How long, in milliseconds, a file may play for what is paid, where the price goes by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_ms: Option<u64>,
    /// The character whose photos are its references, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character: Option<CharacterId>,
    /// How each provider that has the model is asked.
    #[serde(rename = "ways")]
    pub requests: Vec<ProviderRequest>,
}

/// How one provider is asked for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRequest {
    /// Who is asked.
    pub provider: ProviderName,
    /// The model as the provider names it.
    pub model: String,
    /// Its inputs, as it names them.
    pub input: Map<String, Value>,
    /// The name of the input that is the seed, where it has one and the caller gave none: every submission of one task has the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// What the caller sent that has no place in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Where in the provider's output the files are.
    #[serde(default)]
    pub outputs: Outputs,
    /// Hosts that they may be fetched from beside the provider's own: `https://host`, or `https://*.host` for all below it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_hosts: Vec<String>,
}

/// Where things are in an output that is an object: JSON pointers, in which `*` stands for every element of an array. An output that is a
/// URL, or an array of them, needs none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The URLs of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
    /// The URLs of the songs' covers. Without them, covers are drawn here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<String>,
    /// The songs' title or titles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The songs' styles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// The songs' lyrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lyrics: Option<String>,
    /// What was seen on photos: a text with JSON in it, or that JSON. Without it, that is the whole of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

impl Run {
    /// The run without what was asked of it.
    pub(crate) fn erased(&self) -> Self {
        let (model, media, count, character) = (self.model.clone(), self.media, self.count, self.character.clone());
        Self { model, media, prompt: None, params: Map::new(), count, requests: Vec::new(), paid_ms: None, character }
    }

    /// How many photos its report is about.
    pub fn inspected(&self) -> usize {
        self.params.get(INSPECTED_PHOTOS).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// How this provider is asked; nothing where it does not have the model.
    pub fn request_to(&self, provider: ProviderName) -> Option<&ProviderRequest> {
        self.requests.iter().find(|request| request.provider == provider)
    }
}
