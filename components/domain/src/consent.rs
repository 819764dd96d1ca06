//! Consent: what a caller says of how the person on the photos agreed, kept with the character.
//!
//! Nobody here can know whether it is true. What is kept is who said what, when, and of which photos.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Digest, Timestamp};

/// Who is on the photos, as the caller says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "ConsentSubject", inline)]
pub enum Subject {
    /// The caller.
    #[serde(rename = "self")]
    #[strum(serialize = "self")]
    Oneself,
    /// Somebody else.
    Other,
    /// Nobody: the photos show a person that does not exist.
    Synthetic,
}

impl Subject {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The subject as it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether there is somebody who has to have agreed.
    pub const fn is_a_person(self) -> bool {
        match self {
            Self::Oneself | Self::Other => true,
            Self::Synthetic => false,
        }
    }
}

/// What a deployment asks of who creates a character.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum ConsentPolicy {
    /// Nothing. What is said is kept.
    #[default]
    Off,
    /// To say how the person agreed.
    Attested,
    /// That the person agrees here, behind a link: nothing begins before that.
    Confirmed,
}

impl ConsentPolicy {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The policy as it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What was said of a person's consent when the character was created. The photos that it is about are the character's, with their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who is on the photos.
    pub subject: Subject,
    /// How the person agreed, in the caller's words; always there for a person, unless it is the person who says so here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// When the person agreed, as the caller says; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_at: Option<Timestamp>,
    /// The SHA-256 of the statement that was signed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_hash: Option<Digest>,
    /// When this was said here.
    pub recorded_at: Timestamp,
    /// The id of the API key that said it: not the key.
    pub key: String,
    /// What the deployment asked then.
    pub policy: ConsentPolicy,
    /// When the person agreed here, behind the link; nothing until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
}

impl Consent {
    /// Whether it is the person who says so here, and not the caller alone.
    pub fn is_the_persons(&self) -> bool {
        self.policy == ConsentPolicy::Confirmed && self.subject.is_a_person()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{BlobLocation, Character, Format, Photo};

    fn consent() -> Value {
        json!({
            "subject": "self", "how": "On paper", "agreed_at": 1_772_366_400_000_i64, "recorded_at": 1_772_366_500_000_i64,
            "key": "0123456789ab", "policy": "attested",
        })
    }

    #[test]
    fn subjects_and_policies_are_stored_and_read_by_their_names() {
        for (subject, name) in Subject::ALL.iter().zip(["self", "other", "synthetic"]) {
            assert_eq!((subject.as_str(), name.parse()), (name, Ok(*subject)));
            assert_eq!(serde_json::to_value(subject).unwrap(), name);
        }
        for (policy, name) in ConsentPolicy::ALL.iter().zip(["off", "attested", "confirmed"]) {
            assert_eq!((policy.as_str(), name.parse()), (name, Ok(*policy)));
            assert_eq!(serde_json::to_value(policy).unwrap(), name);
        }
        assert!("Self".parse::<Subject>().is_err() && "none".parse::<ConsentPolicy>().is_err());
        assert_eq!(
            Subject::ALL.iter().filter(|subject| !subject.is_a_person()).collect::<Vec<_>>(),
            [&Subject::Synthetic]
        );
    }

    #[test]
    fn a_record_is_stored_as_it_is_and_without_what_was_not_said() {
        let read: Consent = serde_json::from_value(consent()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), consent());
        assert_eq!((read.subject, read.how.as_deref()), (Subject::Oneself, Some("On paper")));
        let least = json!({ "subject": "synthetic", "recorded_at": 0, "key": "", "policy": "off" });
        let read: Consent = serde_json::from_value(least.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), least);
    }

    #[test]
    fn characters_and_photos_from_before_there_were_records_are_read_and_stay_as_they_are() {
        let photo = json!({ "format": "jpeg", "size_bytes": 1, "crc32": 2, "place": BlobLocation::default() });
        let old = json!({
            "id": format!("char_{}", "1".repeat(32)), "account": format!("acct_{}", "1".repeat(32)), "name": "Ada", "trigger_word": "ADA",
            "created_at": 0, "photos": [photo], "warnings": [], "training": format!("task_{}", "1".repeat(32)), "state": "referenced",
        });
        let read: Character = serde_json::from_value(old.clone()).unwrap();
        assert_eq!((&read.consent, read.photo_hashes()), (&None, Vec::new()));
        assert_eq!(serde_json::to_value(&read).unwrap(), old);
        let hash = Digest::of_bytes([0xa5; 32]);
        let sha256 = Some(hash.clone());
        let photo = Photo {
            format: Format::Jpeg,
            size_bytes: 1,
            crc32: 2,
            sha256,
            location: BlobLocation::default(),
            upload: None,
        };
        let new = Character { consent: serde_json::from_value(consent()).unwrap(), photos: vec![photo], ..read };
        assert_eq!(new.photo_hashes(), [hash]);
        assert_eq!(serde_json::from_value::<Character>(serde_json::to_value(&new).unwrap()).unwrap(), new);
    }
}
