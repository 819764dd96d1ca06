//! What can be wrong: with a catalogue, for its operator, and with an input, for its caller.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A mistake in a catalogue. Displayed, it says where: the model, the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The model, by its id or by its place in the file; none where it is the file as a whole.
    pub model: Option<String>,
    /// The field of it, as a path like `input[0].max`; none where it is all of it.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => write!(f, "model `{model}`: ")?,
            None => f.write_str("catalogue: ")?,
        }
        match &self.field {
            Some(field) => write!(f, "`{field}` {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Why a model does not take an input, in the words its caller is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInput {
    /// There is no prompt, or nothing in it, and the model needs one.
    #[error("prompt is required")]
    MissingPrompt,
    /// A parameter is missing or cannot be what it is.
    #[error("`{field}` {reason}")]
    Invalid {
        /// The parameter.
        field: String,
        /// What has to change. Goes on from the parameter's name.
        reason: String,
    },
    /// The price goes by something that was not measured: [`Model::measures`](crate::Model::measures) says what.
    #[error("`{field}` could not be measured, and the price goes by it")]
    NotMeasured {
        /// The parameter whose file it is.
        field: String,
    },
}

impl InvalidInput {
    /// A parameter that has to change.
    pub(crate) fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), reason: reason.into() }
    }
}

/// How an entry is read.
pub(crate) type ReadEntry<T> = fn(Value) -> Result<T, InvalidEntry>;

/// Reads an entry; what is wrong is told with its place in it.
pub(crate) fn with_place<T: DeserializeOwned>(value: Value) -> Result<T, InvalidEntry> {
    let read: Result<T, _> = serde_path_to_error::deserialize(value);
    read.map_err(|error| InvalidEntry::new(error.path().to_string(), format!("cannot be read: {}", error.inner())))
}

/// Reads an entry; of what is wrong only that is told.
pub(crate) fn without_place<T: DeserializeOwned>(value: Value) -> Result<T, InvalidEntry> {
    serde_json::from_value(value).map_err(|error| InvalidEntry::new(".", format!("cannot be read: {error}")))
}

/// A mistake in a model's entry, before it is known which model it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvalidEntry {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl InvalidEntry {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }

    /// The same mistake, seen from one level up.
    pub(crate) fn within(self, outer: &str) -> Self {
        let separator = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        Self { field: format!("{outer}{separator}{}", self.field), reason: self.reason }
    }
}
