//! The models that can be run, as data: what each takes, what it costs, and how each provider is asked for it.
//!
//! A catalogue is one JSON file. Ours is built in; a deployment adds its own. Pure: what a price goes by is measured elsewhere,
//! and addresses are checked for their form only.

mod address;
mod asked;
mod describe;
mod error;
mod kind;
mod model;
mod offer;
mod parameter;
mod price;
mod purpose;
pub mod report;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod trainer;
mod trainers;
mod when;

pub use address::{is_data_uri, is_url};
pub use asked::{Asked, TrainingQuote};
pub use describe::Description;
pub use error::{Error, InvalidInput};
pub use model::{Accepted, Model, References};
pub use price::{Measure, Measured};
pub use purpose::Purpose;
pub use trainer::{Amount, Trainer, TrainingOptions};
pub use trainers::Trainers;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use error::ReadEntry;

/// Our own models.
const BUILT_IN: &str = include_str!("models.json");

/// Models by their ids.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<Model>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    models: Vec<Value>,
    /// [`Trainers`] reads them.
    #[serde(default, rename = "trainers")]
    _trainers: IgnoredAny,
}

impl Catalogue {
    /// Our own models.
    ///
    /// # Errors
    /// None, as tests see to it; the file is read like any other.
    pub fn built_in() -> Result<Self, Error> {
        Self::known(BUILT_IN.as_bytes())
    }

    /// Reads a catalogue that somebody wrote.
    ///
    /// # Errors
    /// The first mistake in it, with its place.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::read(json, error::with_place)
    }

    /// Reads a catalogue that was found right before: a mistake in it is told without its place, for which the code is large.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn known(json: &[u8]) -> Result<Self, Error> {
        Self::read(json, error::without_place)
    }

    fn read(json: &[u8], entry: ReadEntry<model::Entry>) -> Result<Self, Error> {
        let file: File = serde_json::from_slice(json).map_err(|error| Error {
            model: None,
            field: None,
            reason: format!("is not of the form {{\"models\": [..]}}: {error}"),
        })?;
        let models = file.models.into_iter().enumerate().map(|(place, value)| read(place, value, entry));
        let models: Vec<Model> = models.collect::<Result<_, _>>()?;
        let mut ids = BTreeSet::new();
        for model in &models {
            if let Some(twice) = model.names().find(|id| !ids.insert(*id)) {
                let field = if twice == model.id { "id" } else { "aliases" };
                let reason = format!("has `{twice}`, which names a model already");
                return Err(Error { model: Some(model.id.clone()), field: Some(field.to_owned()), reason });
            }
        }
        Ok(Self(models))
    }

    /// These models and a deployment's own, which take the place of those with the same id or alias.
    #[must_use]
    pub fn with(mut self, own: Self) -> Self {
        for model in &mut self.0 {
            model.aliases.retain(|alias| own.0.iter().all(|own| own.names().all(|name| name != alias)));
        }
        for model in own.0 {
            match self.0.iter_mut().find(|other| other.id == model.id) {
                Some(other) => *other = model,
                None => self.0.push(model),
            }
        }
        self
    }

    /// A model by its id or one of its aliases.
    pub fn get(&self, id: &str) -> Option<&Model> {
        let by_alias = || self.0.iter().find(|model| model.aliases.iter().any(|alias| alias == id));
        self.0.iter().find(|model| model.id == id).or_else(by_alias)
    }

    /// All models, in the order of the files.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.0.iter()
    }
}

impl Model {
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }
}

fn read(place: usize, value: Value, entry: ReadEntry<model::Entry>) -> Result<Model, Error> {
    let id = value.get("id").and_then(Value::as_str);
    let model = Some(id.map_or_else(|| format!("models[{place}]"), str::to_owned));
    let entry = entry(value).map_err(|invalid| {
        let field = Some(invalid.field).filter(|path| path != ".");
        Error { model: model.clone(), field, reason: invalid.reason }
    })?;
    Model::new(entry).map_err(|invalid| Error { model, field: Some(invalid.field), reason: invalid.reason })
}
