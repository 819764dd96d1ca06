//! Conditions: what counts only when other parameters have certain values.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

    /// The parameters it goes by, and the values they have to have.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
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
