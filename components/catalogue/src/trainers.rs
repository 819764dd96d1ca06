//! The trainers there are: ours come with the application, a deployment's own from its catalogue file.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::error::{self, InvalidEntry, ReadEntry};
use crate::trainer::Trainer;

/// Our own trainers.
const BUILT_IN: &str = include_str!("trainers.json");

/// Trainers, those that are asked first in front.
#[derive(Debug, Clone)]
pub struct Trainers(Vec<Trainer>);

/// A catalogue's file, as far as it is about trainers.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    trainers: Vec<Value>,
}

impl Trainers {
    /// Our own trainers.
    ///
    /// # Errors
    /// None, as tests see to it; the file is read like any other.
    pub fn built_in() -> Result<Self, Error> {
        Self::known(BUILT_IN.as_bytes())
    }

    /// Reads the trainers of a catalogue that somebody wrote.
    ///
    /// # Errors
    /// The first mistake in them, with its place.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::read(json, error::with_place)
    }

    /// Reads those of a catalogue that was found right before, as [`Catalogue::known`](crate::Catalogue::known) does.
    ///
    /// # Errors
    /// The first mistake in them.
    pub fn known(json: &[u8]) -> Result<Self, Error> {
        Self::read(json, error::without_place)
    }

    fn read(json: &[u8], entry: ReadEntry<Trainer>) -> Result<Self, Error> {
        let file: File = serde_json::from_slice(json).map_err(|error| Error {
            model: None,
            field: None,
            reason: format!("is not of the form {{\"trainers\": [..]}}: {error}"),
        })?;
        let trainers = file.trainers.into_iter().enumerate().map(|(place, value)| read(place, value, entry));
        let trainers: Vec<Trainer> = trainers.collect::<Result<_, _>>()?;
        let mut ids = BTreeSet::new();
        match trainers.iter().find(|trainer| !ids.insert(trainer.id())) {
            Some(twice) => Err(wrong(twice.id(), &InvalidEntry::new("id", "names a trainer already"))),
            None => Ok(Self(trainers)),
        }
    }

    /// These trainers after a deployment's own, which take the place of those with the same id.
    #[must_use]
    pub fn with(mut self, mut own: Self) -> Self {
        self.0.retain(|ours| own.iter().all(|trainer| trainer.id() != ours.id()));
        own.0.append(&mut self.0);
        own
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Trainer> {
        self.0.iter()
    }
}

fn read(place: usize, value: Value, entry: ReadEntry<Trainer>) -> Result<Trainer, Error> {
    let id = value.get("id").and_then(Value::as_str).map_or_else(|| format!("trainers[{place}]"), str::to_owned);
    let trainer = entry(value).map_err(|invalid| wrong(&id, &invalid))?;
    trainer.check().map_err(|invalid| wrong(&id, &invalid))?;
    Ok(trainer)
}

fn wrong(id: &str, invalid: &InvalidEntry) -> Error {
    let reason = format!("trainer `{id}`: `{}` {}", invalid.field, invalid.reason);
    Error { model: None, field: None, reason }
}
