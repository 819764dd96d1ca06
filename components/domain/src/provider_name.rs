//! The GPU providers there are.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A GPU provider, as named in its webhook's route and in the variable `providers`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProviderName {
    /// replicate.com.
    Replicate,
    /// fal.ai.
    Fal,
    /// Containers of one's own.
    Cog,
}

impl ProviderName {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The name as it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether what it trains makes pictures by itself. What fal trains is a file, and each family has its own model that takes one.
    pub const fn trains_what_generates(self) -> bool {
        match self {
            Self::Replicate | Self::Cog => true,
            Self::Fal => false,
        }
    }

    /// Whether its models and trainers have names. A container has one of each, which is not named.
    pub const fn names_models(self) -> bool {
        match self {
            Self::Replicate | Self::Fal => true,
            Self::Cog => false,
        }
    }
}
