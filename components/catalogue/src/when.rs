//! Conditions: what counts only when other parameters have certain values.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::InvalidEntry;
use crate::parameter::Parameters;

/// The values that parameters have to have. Without any it always holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct When(BTreeMap<String, Value>);

impl When {
    /// Whether it is one at all.
    pub(crate) fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds for these values.
    pub(crate) fn holds(&self, values: &Map<String, Value>) -> bool {
        self.0.iter().all(|(name, value)| values.get(name) == Some(value))
    }

    /// Whether it goes by this parameter.
    pub(crate) fn names(&self, parameter: &str) -> bool {
        self.0.contains_key(parameter)
    }

    /// Finds what could never hold, or would not be known.
    pub(crate) fn check(&self, parameters: &Parameters) -> Result<(), InvalidEntry> {
        for (name, value) in &self.0 {
            let parameter =
                parameters.settled(name).map_err(|reason| InvalidEntry::new(format!("when.{name}"), reason))?;
            if parameter.kind.accept(value).as_ref() != Ok(value) {
                return Err(InvalidEntry::new(format!("when.{name}"), "is no value that the parameter can have"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            let joint = if place == 0 { "when" } else { " and" };
            write!(f, "{joint} `{name}` is {value}")?;
        }
        Ok(())
    }
}
