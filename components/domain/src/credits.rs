//! Amounts of credits: whole numbers, never negative, never wrapping.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of credits. Arithmetic is checked: there is no operator that could wrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Credits(u64);

impl Credits {
    /// No credits at all.
    pub const ZERO: Self = Self(0);

    /// This many credits.
    pub const fn new(amount: u64) -> Self {
        Self(amount)
    }

    /// The amount as a number.
    pub const fn amount(self) -> u64 {
        self.0
    }

    /// The sum, or nothing when it cannot be represented.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or nothing when it would be negative.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// This amount for each of `count` units, or nothing when that cannot be represented.
    pub fn times(self, count: u64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_wraps() {
        let (one, most) = (Credits::new(1), Credits::new(u64::MAX));
        assert_eq!(most.plus(one), None);
        assert_eq!(Credits::ZERO.minus(one), None);
        assert_eq!(most.times(2), None);
        assert_eq!(Credits::new(15).times(4), Some(Credits::new(60)));
    }
}
