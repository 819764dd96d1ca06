//! What an API key may do, where that is less than its account may.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{CharacterId, Network, Timestamp};

/// A kind of things that a key may be made for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// To look at what there is, and to ask what something would cost.
    Read,
    /// To make pictures, music and films.
    Generate,
    /// To create characters, and to train them.
    Train,
    /// To delete characters and tasks.
    Delete,
}

impl Scope {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The scope as the API writes it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a key is limited to. Where nothing is said, it may do what its account may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLimits {
    /// All that it may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// The only characters that it may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<Vec<CharacterId>>,
    /// The only networks that it may be used from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<Network>>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl KeyLimits {
    /// Whether it may do what its account may.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it may be used for something that one of these scopes is enough for. For what no scope is enough, it may not be limited to any.
    pub fn allows(&self, enough: &[Scope]) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| enough.contains(scope)))
    }

    /// Whether it may be used for what is about this character, or about none.
    pub fn reaches(&self, character: Option<&CharacterId>) -> bool {
        self.characters.as_ref().is_none_or(|characters| character.is_some_and(|id| characters.contains(id)))
    }

    /// Whether it may be used from this address. From one that is not known it may, where it is not limited to networks.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let among = |networks: &Vec<Network>| address.is_some_and(|at| networks.iter().any(|one| one.contains(at)));
        self.networks.as_ref().is_none_or(among)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_limits_may_do_everything() {
        let limits = KeyLimits::default();
        assert!(limits.is_none() && limits.allows(&[]) && limits.allows(Scope::ALL) && limits.reaches(None));
    }

    #[test]
    fn a_limited_key_may_do_what_it_was_made_for_and_nothing_else() {
        let (mine, other) = (CharacterId::from_random([1; 16]), CharacterId::from_random([2; 16]));
        let limits = KeyLimits {
            scopes: Some(vec![Scope::Read, Scope::Generate]),
            characters: Some(vec![mine.clone()]),
            ..KeyLimits::default()
        };
        assert!(limits.allows(&[Scope::Train, Scope::Generate]));
        assert!(!limits.is_none() && !limits.allows(&[Scope::Train]) && !limits.allows(&[]));
        assert!(limits.reaches(Some(&mine)) && !limits.reaches(Some(&other)) && !limits.reaches(None));
    }

    #[test]
    fn a_key_of_networks_is_of_no_use_elsewhere_nor_from_an_unknown_address() {
        let (home, office, away) = ([127, 0, 0, 1].into(), [203, 0, 113, 9].into(), [198, 51, 100, 7].into());
        assert!(KeyLimits::default().admits(Some(away)) && KeyLimits::default().admits(None));
        let networks = ["127.0.0.0/8", "203.0.113.0/24"].map(|text| text.parse().unwrap());
        let limits = KeyLimits { networks: Some(networks.to_vec()), ..KeyLimits::default() };
        assert!(limits.admits(Some(home)) && limits.admits(Some(office)));
        assert!(!limits.admits(Some(away)) && !limits.admits(None));
        assert!(!KeyLimits { networks: Some(vec![]), ..KeyLimits::default() }.admits(Some(home)));
    }
}
