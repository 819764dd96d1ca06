//! What a caller says of the consent of the person on the photos: taken, checked, and shown.

use domain::limits::{CONSENT_AHEAD_MAX, CONSENT_HOW_CHARS_MAX, PRINTABLE};
use domain::{Character, Consent, ConsentPolicy, Digest, Subject, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Code, Error, checks};

/// The state of a consent that the caller alone vouches for.
const ATTESTED: &str = "attested";

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConsentGiven")]
pub(crate) struct Given {
    /// Who is on the photos: `self`, the caller; `other`, somebody else; `synthetic`, a person that does not exist.
    #[schemars(required, extend("enum" = Subject::ALL))]
    subject: Option<String>,
    /// How the person agreed: 1 to 500 printable characters. Needed unless `subject` is `synthetic`.
    #[schemars(length(min = 1, max = CONSENT_HOW_CHARS_MAX), regex(pattern = PRINTABLE))]
    how: Option<String>,
    /// When the person agreed, as `2026-03-01T12:00:00Z`: not before 1970 and not in the future. Needed unless `subject` is `synthetic`.
    #[schemars(extend("format" = "date-time"))]
    agreed_at: Option<String>,
    /// The SHA-256 of the statement that the person signed, in hexadecimal. The statement itself stays with the caller.
    #[schemars(regex(pattern = r"^[0-9A-Fa-f]{64}$"))]
    statement_hash: Option<String>,
}

/// What a caller said, checked.
pub(super) struct Said {
    subject: Subject,
    how: Option<String>,
    agreed_at: Option<Timestamp>,
    statement_hash: Option<Digest>,
}

impl Said {
    /// The record of it.
    pub(super) fn record(self, recorded_at: Timestamp, key: String, policy: ConsentPolicy) -> Consent {
        let Self { subject, how, agreed_at, statement_hash } = self;
        Consent { subject, how, agreed_at, statement_hash, recorded_at, key, policy }
    }
}

impl Given {
    /// Checks what was sent.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], which names the field and says what it has to be.
    pub(super) fn check(self, now: Timestamp) -> Result<Said, Error> {
        let subject = self.subject.as_deref().and_then(|text| text.parse().ok());
        let subject: Subject =
            subject.ok_or_else(|| invalid("`consent.subject` has to be `self`, `other` or `synthetic`"))?;
        if subject.is_a_person() && self.how.is_none() {
            return Err(invalid("`consent.how` is missing: say how the person agreed, in 1 to 500 characters"));
        }
        if subject.is_a_person() && self.agreed_at.is_none() {
            return Err(invalid("`consent.agreed_at` is missing: say when the person agreed, as 2026-03-01T12:00:00Z"));
        }
        Ok(Said {
            subject,
            how: self.how.map(|text| checks::printable("consent.how", text, CONSENT_HOW_CHARS_MAX)).transpose()?,
            agreed_at: self.agreed_at.map(|text| time(&text, now)).transpose()?,
            statement_hash: self.statement_hash.map(|text| hash(&text)).transpose()?,
        })
    }
}

fn time(text: &str, now: Timestamp) -> Result<Timestamp, Error> {
    let at: Timestamp = text.parse().map_err(|error| invalid(format!("`consent.agreed_at`: {error}")))?;
    if at < Timestamp::from_millis(0) {
        return Err(invalid("`consent.agreed_at`: has to be in 1970 or later"));
    }
    if at > now.plus(CONSENT_AHEAD_MAX) {
        return Err(invalid(format!("`consent.agreed_at`: has to be in the past, and it is {now} now")));
    }
    Ok(at)
}

fn hash(text: &str) -> Result<Digest, Error> {
    let digest = text.to_ascii_lowercase().try_into();
    digest.map_err(|error| invalid(format!("`consent.statement_hash`: {error}; send the SHA-256 of the statement")))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidRequest, message)
}

/// Makes sure that enough was said for what the deployment asks.
///
/// # Errors
/// [`Code::ConsentRequired`].
pub(super) fn is_enough(policy: ConsentPolicy, said: Option<&Said>) -> Result<(), Error> {
    match (policy, said) {
        (ConsentPolicy::Off, _) | (ConsentPolicy::Attested, Some(_)) => Ok(()),
        (ConsentPolicy::Attested, None) => {
            let message = "This deployment makes characters only with `consent`: send who is on the photos, how they agreed and when, as \
                 {\"subject\":\"other\",\"how\":\"signed our release form\",\"agreed_at\":\"2026-03-01T12:00:00Z\"}";
            Err(Error::new(Code::ConsentRequired, message))
        }
    }
}

/// Makes sure that enough is on record of a character for what the deployment asks now.
///
/// # Errors
/// [`Code::ConsentRequired`].
pub(super) fn is_recorded(policy: ConsentPolicy, character: &Character) -> Result<(), Error> {
    match (policy, &character.consent) {
        (ConsentPolicy::Off, _) | (ConsentPolicy::Attested, Some(_)) => Ok(()),
        (ConsentPolicy::Attested, None) => {
            let message = "This deployment trains only with a consent on record, and this character has none; create another one with `consent`";
            Err(Error::new(Code::ConsentRequired, message))
        }
    }
}

/// A consent as the character's owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Consent")]
pub(super) struct View {
    /// `attested`: the owner said so.
    #[schemars(extend("enum" = [ATTESTED]))]
    state: &'static str,
    subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    agreed_at: Option<String>,
    /// The SHA-256 of the statement that the person signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_hash: Option<Digest>,
    /// When this was said here.
    #[schemars(extend("format" = "date-time"))]
    recorded_at: String,
    /// How many photos it is recorded for, each with the SHA-256 of what is kept of it.
    photo_count: usize,
}

impl View {
    /// What was said of a character, where something was.
    pub(super) fn of(character: &Character) -> Option<Self> {
        let photo_count = character.photo_hashes().len();
        character.consent.clone().map(|consent| Self {
            state: ATTESTED,
            subject: consent.subject,
            how: consent.how,
            agreed_at: consent.agreed_at.map(|at| at.to_string()),
            statement_hash: consent.statement_hash,
            recorded_at: consent.recorded_at.to_string(),
            photo_count,
        })
    }
}

#[cfg(test)]
mod tests;
