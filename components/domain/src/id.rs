//! Ids: a prefix that says what they name, and 128 random bits in hexadecimal.
//!
//! They are parts of store keys and URLs, so an id that was not made here is never constructed: it is parsed, or refused.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

const RANDOM_BYTES: usize = 16;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(inline, extend("pattern" = concat!("^", $prefix, "[0-9a-f]{32}$")))]
        pub struct $name(String);

        impl $name {
            /// The id these random bits make.
            pub fn from_random(bits: [u8; RANDOM_BYTES]) -> Self {
                Self(format!(concat!($prefix, "{:032x}"), u128::from_be_bytes(bits)))
            }

            /// The id as text: letters, digits and `_` only.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let hex = text.strip_prefix($prefix).ok_or(InvalidId)?;
                let valid = hex.len() == RANDOM_BYTES * 2
                    && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if valid { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names an account: one customer, one balance.
    AccountId, "acct_"
);
id!(
    /// Names a character: one person's trained identity.
    CharacterId, "char_"
);
id!(
    /// Names a task: one job at a provider and the credits held for it.
    TaskId, "task_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = TaskId::from_random([0xab; 16]);
        assert_eq!(id.as_str(), "task_abababababababababababababababab");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn what_was_not_made_here_is_refused() {
        let wrong = [
            "",
            "task_",
            "task_ab",
            "acct_abababababababababababababababab",
            "task_ABABABABABABABABABABABABABABABAB",
            "task_abababababababababababababababab0",
            "task_ababababababababababababababa'b",
            "task_:bababababababababababababababab",
        ];
        for text in wrong {
            assert_eq!(text.parse::<TaskId>(), Err(InvalidId), "{text}");
        }
    }
}
