//! The GPU providers there are.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

/// A GPU provider, as named in its webhook's route and in the variable `providers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProviderName {
    /// replicate.com.
    Replicate,
    /// fal.ai.
    Fal,
    /// Containers of one's own.
    Cog,
    /// The one inside, for accounts for tests: it is never configured, and asks nobody.
    Test,
}

/// The text names no provider that there is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a provider")]
pub struct UnknownProvider;

impl FromStr for ProviderName {
    type Err = UnknownProvider;

    /// Reads the name of one of [`Self::ALL`].
    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().find(|name| name.as_str() == text).copied().ok_or(UnknownProvider)
    }
}

impl ProviderName {
    /// All that an operator can have asked.
    pub const ALL: &[Self] = &[Self::Replicate, Self::Fal, Self::Cog];

    /// The name as it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether what it trains makes pictures by itself. What fal trains is a file, and each family has its own model that takes one.
    pub const fn trains_what_generates(self) -> bool {
        match self {
            Self::Replicate | Self::Cog | Self::Test => true,
            Self::Fal => false,
        }
    }

    /// Whether its models and trainers have names. A container has one of each, which is not named.
    pub const fn names_models(self) -> bool {
        match self {
            Self::Replicate | Self::Fal => true,
            Self::Cog | Self::Test => false,
        }
    }
}
