//! What is on record of a person's consent, as facts that can be signed and handed out.

use domain::{Character, ConsentPolicy, Digest, Subject};
use schemars::JsonSchema;
use serde::Serialize;

/// What a character is for. Its photos can be references first, and a model can be trained on them later: the person agrees to both.
pub const PURPOSE: &str =
    "making pictures of the person, with the photos as references or with a model that is trained on them";

/// What is on record of a person's consent. Whether it is true nobody here knows: it is what the character's owner said, and with `confirmedAt`, what
/// somebody answered who had the person's link.
/// The order of the fields is that of the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Receipt")]
pub struct Receipt {
    /// Who says so: the public URL of the deployment.
    pub iss: String,
    /// The character.
    pub character_id: String,
    /// What the character is for.
    pub purpose: &'static str,
    /// Who is on the photos.
    pub subject: Subject,
    /// How the person agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// When the person agreed, in UTC as RFC 3339 has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub agreed_at: Option<String>,
    /// The SHA-256 of the statement that was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_hash: Option<Digest>,
    /// When the person agreed here, behind a link of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub confirmed_at: Option<String>,
    /// When this was said here.
    #[schemars(extend("format" = "date-time"))]
    pub recorded_at: String,
    /// What the deployment asked then.
    pub policy: ConsentPolicy,
    /// The SHA-256 of every photo as it is kept here, in their order.
    pub photos: Vec<Digest>,
}

/// What is on record of the consent to a character at `issuer`; nothing where nothing was said, or where the character is deleted.
pub fn receipt(character: &Character, issuer: &str) -> Option<Receipt> {
    let consent = character.consent.as_ref().filter(|_| !character.is_deleted())?;
    Some(Receipt {
        iss: issuer.to_owned(),
        character_id: character.id.to_string(),
        purpose: PURPOSE,
        subject: consent.subject,
        how: consent.how.clone(),
        agreed_at: consent.agreed_at.map(|at| at.to_string()),
        statement_hash: consent.statement_hash.clone(),
        confirmed_at: consent.confirmed_at.map(|at| at.to_string()),
        recorded_at: consent.recorded_at.to_string(),
        policy: consent.policy,
        photos: character.photo_hashes(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, BlobLocation, CharacterState, Consent, Format, Photo, TaskId, Timestamp, TriggerWord};
    use serde_json::json;
    use store::keys;

    use super::*;

    const ISSUER: &str = "https://likeness.example";

    fn photo(byte: u8) -> Photo {
        let sha256 = Some(Digest::of_bytes([byte; 32]));
        Photo { format: Format::Jpeg, size_bytes: 1, crc32: 0, sha256, location: BlobLocation::default(), upload: None }
    }

    fn character(state: CharacterState) -> Character {
        let account = AccountId::from_random([1; 16]);
        Character {
            id: keys::new_character(&account, [2; 16]).0,
            account,
            name: "Ada".to_owned(),
            trigger_word: TriggerWord::from_random([0; 7]),
            created_at: Timestamp::from_millis(0),
            photos: vec![photo(0x22), photo(0x11)],
            warnings: Vec::new(),
            training: TaskId::from_random([3; 16]),
            later_training: None,
            settled: None,
            suspended: None,
            consent: Some(Consent {
                subject: Subject::Oneself,
                how: Some("On paper".to_owned()),
                agreed_at: Some(Timestamp::from_millis(1_772_366_400_000)),
                statement_hash: None,
                recorded_at: Timestamp::from_millis(1_772_366_400_500),
                key: "the id of a key".to_owned(),
                policy: ConsentPolicy::Attested,
                confirmed_at: None,
            }),
            state,
        }
    }

    #[test]
    fn a_receipt_has_what_was_said_and_the_photos_in_their_order_and_nobodys_name_or_key() {
        let character = character(CharacterState::Training);
        let told = receipt(&character, ISSUER).unwrap();
        let expected = json!({
            "iss": ISSUER, "characterId": character.id, "purpose": PURPOSE, "subject": "self",
            "how": "On paper", "agreedAt": "2026-03-01T12:00:00.000Z", "recordedAt": "2026-03-01T12:00:00.500Z",
            "policy": "attested", "photos": ["22".repeat(32), "11".repeat(32)],
        });
        assert_eq!(serde_json::to_value(told).unwrap(), expected);
    }

    #[test]
    fn there_is_none_where_nothing_was_said_or_all_is_deleted() {
        let silent = Character { consent: None, ..character(CharacterState::Training) };
        let deleted = character(CharacterState::Deleted { at: Timestamp::from_millis(0) });
        assert_eq!((receipt(&silent, ISSUER), receipt(&deleted, ISSUER)), (None, None));
    }
}
