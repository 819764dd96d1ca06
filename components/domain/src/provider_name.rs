//! The GPU providers there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A GPU provider, as named in its webhook's route and in the variable `providers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// replicate.com.
    Replicate,
    /// fal.ai.
    Fal,
    /// Containers of one's own.
    Cog,
}

/// The text names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such provider")]
pub struct UnknownProvider;

impl ProviderName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Replicate, Self::Fal, Self::Cog];

    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replicate => "replicate",
            Self::Fal => "fal",
            Self::Cog => "cog",
        }
    }
}

impl FromStr for ProviderName {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or(UnknownProvider)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_written_the_same_everywhere() {
        for name in ProviderName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{name}\""));
        }
        assert_eq!("Replicate".parse::<ProviderName>(), Err(UnknownProvider));
    }
}
