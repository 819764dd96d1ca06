//! Suspension: a character that nothing begins with, and of which no picture is handed out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::Timestamp;

/// Why a character is suspended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum SuspensionReason {
    /// The person pictured took the consent back. It is never lifted.
    Withdrawn,
    /// Somebody asked the operator to take pictures of it down.
    Takedown,
}

impl SuspensionReason {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The reason as it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Since when a character is suspended, and why. Stored as one text, `withdrawn 1800000000000`: every function that begins something reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Suspension {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: SuspensionReason,
}

/// The text is no suspension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a suspension")]
pub struct InvalidSuspension;

impl From<Suspension> for String {
    fn from(Suspension { at, reason }: Suspension) -> Self {
        format!("{} {}", reason.as_str(), at.as_millis())
    }
}

impl TryFrom<String> for Suspension {
    type Error = InvalidSuspension;

    fn try_from(text: String) -> Result<Self, InvalidSuspension> {
        let (reason, at) = text.split_once(' ').ok_or(InvalidSuspension)?;
        let at = at.parse().map_err(|_| InvalidSuspension)?;
        Ok(Self { at: Timestamp::from_millis(at), reason: reason.parse().map_err(|_| InvalidSuspension)? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_suspension_is_stored_as_one_text_and_read_from_nothing_else() {
        for (reason, name) in SuspensionReason::ALL.iter().zip(["withdrawn", "takedown"]) {
            let suspension = Suspension { at: Timestamp::from_millis(1_800_000_000_000), reason: *reason };
            let stored = serde_json::to_value(suspension).unwrap();
            assert_eq!(stored, format!("{name} 1800000000000"));
            assert_eq!(serde_json::from_value::<Suspension>(stored).unwrap(), suspension);
        }
        for odd in [json!("withdrawn"), json!("withdrawn x"), json!("deleted 1"), json!("takedown  1"), json!(1)] {
            assert!(serde_json::from_value::<Suspension>(odd.clone()).is_err(), "{odd}");
        }
    }
}
