//! Ids: random UUIDs as 32 hexadecimal digits, those of documents behind a prefix that says what they name.
//!
//! They are parts of store keys and URLs, so an id that was not made here is never constructed: it is parsed, or refused.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

const RANDOM_BYTES: usize = 16;

/// A fresh id without a prefix: the random UUID (version 4) of these bits, as 32 lowercase hexadecimal digits. 122 of the bits count, so
/// nobody guesses it.
pub fn fresh_id(bits: [u8; RANDOM_BYTES]) -> String {
    Builder::from_random_bytes(bits).as_uuid().simple().to_string()
}

/// Whether a text is a UUID of any version as [`fresh_id`] writes it, and in no other form. Ids from before they were of version 4 are
/// still there.
fn is_id(text: &str) -> bool {
    let mut buffer = Uuid::encode_buffer();
    Uuid::try_parse(text).is_ok_and(|uuid| uuid.simple().encode_lower(&mut buffer) == text)
}

macro_rules! id {
    // `mark` may stand between the prefix and the digits; what is empty is no mark.
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $mark:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(inline, extend("pattern" = $pattern))]
        pub struct $name(String);

        impl $name {
            /// The id these random bits make.
            pub fn from_random(bits: [u8; RANDOM_BYTES]) -> Self {
                Self(format!(concat!($prefix, "{}"), fresh_id(bits)))
            }

            /// The id as text: letters, digits and `_` only.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let named = text.strip_prefix($prefix);
                let valid = named.is_some_and(|id| is_id(id.strip_prefix($mark).unwrap_or(id)));
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
    /// Names an account: one customer, one balance. One for tests says so by its name: `acct_test_`.
    AccountId, "acct_", "test_", "^acct_(test_)?[0-9a-f]{32}$"
);
id!(
    /// Names a character: one person's trained identity.
    CharacterId, "char_", "", "^char_[0-9a-f]{32}$"
);
id!(
    /// Names a task: one job at a provider and the credits held for it.
    TaskId, "task_", "", "^task_[0-9a-f]{32}$"
);

/// How the id of an account for tests begins.
const TEST_PREFIX: &str = "acct_test_";

impl AccountId {
    /// The id of an account for tests that these random bits make.
    pub fn test_from_random(bits: [u8; RANDOM_BYTES]) -> Self {
        Self(format!("{TEST_PREFIX}{}", fresh_id(bits)))
    }

    /// Whether the account is for tests: what it orders is made inside, and costs nobody anything.
    pub fn is_test(&self) -> bool {
        self.0.starts_with(TEST_PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_random_uuid_behind_its_prefix() {
        assert_eq!(TaskId::from_random([0xab; 16]).as_str(), "task_abababababab4bababababababababab");
        assert_eq!(fresh_id([0xff; 16]), "ffffffffffff4fffbfffffffffffffff");
    }

    #[test]
    fn an_account_for_tests_is_told_by_its_id_and_nothing_else_has_such_a_one() {
        let (test, live) = (AccountId::test_from_random([7; 16]), AccountId::from_random([7; 16]));
        assert_eq!(test.as_str(), "acct_test_07070707070747078707070707070707");
        assert_eq!(test.to_string().parse(), Ok(test.clone()));
        assert_eq!((test.is_test(), live.is_test()), (true, false));
        for wrong in ["acct_test_", "acct_test_test_07070707070747078707070707070707", "acct_test_0707"] {
            assert_eq!(wrong.parse::<AccountId>(), Err(InvalidId), "{wrong}");
        }
        assert_eq!("task_test_07070707070747078707070707070707".parse::<TaskId>(), Err(InvalidId));
    }

    #[test]
    fn an_id_that_is_no_random_uuid_is_read_as_it_always_was() {
        for text in ["acct_00000000000000000000000000000000", "acct_ffffffffffffffffffffffffffffffff"] {
            assert_eq!(text.parse::<AccountId>().map(String::from), Ok(text.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn an_id_of_any_bits_survives_its_text(bits: [u8; 16]) {
            let id = CharacterId::from_random(bits);
            let kept = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str(&kept).ok(), Some(id.clone()));
            prop_assert_eq!(id.as_str(), format!("char_{}", fresh_id(bits)));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn every_id_that_was_ever_made_is_read_again(bits: u128) {
            let text = format!("task_{bits:032x}");
            prop_assert_eq!(text.parse::<TaskId>().map(String::from), Ok(text));
        }

        #[test]
        fn other_bits_are_another_id(bits: [u8; 16], bit in 0..128_usize) {
            let is_fixed = (48..52).contains(&bit) || (64..66).contains(&bit);
            let mut others = bits;
            others[bit / 8] ^= 0x80 >> (bit % 8);
            prop_assert_eq!(fresh_id(bits) == fresh_id(others), is_fixed);
        }
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
            "task_abababab-abab-4bab-abab-abababababab",
            "task_{abababab-abab-4bab-abab-abababababab}",
            "task_urn:uuid:abababab-abab-4bab-abab-abababababab",
        ];
        for text in wrong {
            assert_eq!(text.parse::<TaskId>(), Err(InvalidId), "{text}");
        }
    }
}
