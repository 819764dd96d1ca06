//! What a caller says of the consent of the person on the photos: taken, checked, and shown.

use domain::limits::{CONSENT_AHEAD_MAX, CONSENT_HOW_CHARS_MAX, PRINTABLE};
use domain::{Character, CharacterState, Consent, ConsentPolicy, Digest, Subject, SuspensionReason, Timestamp};
use lifecycle::{Config, links};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Code, Error, checks};

/// How it stands with a consent.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum State {
    /// The owner said so.
    Attested,
    /// The person is asked, and has not answered.
    Awaiting,
    /// The person agreed, behind the link.
    Confirmed,
    /// The person refused, or did not answer in time.
    Refused,
    /// The person took it back.
    Withdrawn,
}

impl State {
    fn of(character: &Character, consent: &Consent) -> Self {
        if character.suspended.is_some_and(|known| known.reason == SuspensionReason::Withdrawn) {
            return Self::Withdrawn;
        }
        match character.state {
            _ if consent.confirmed_at.is_some() => Self::Confirmed,
            _ if !consent.is_the_persons() => Self::Attested,
            CharacterState::AwaitingConsent => Self::Awaiting,
            _ => Self::Refused,
        }
    }
}

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConsentGiven")]
pub(crate) struct Given {
    /// Who is on the photos: `self`, the caller; `other`, somebody else; `synthetic`, a person that does not exist.
    #[schemars(required, extend("enum" = Subject::ALL))]
    subject: Option<String>,
    /// How the person agreed: 1 to 500 printable characters. Needed unless `subject` is `synthetic`, or the person is asked behind a link.
    #[schemars(length(min = 1, max = CONSENT_HOW_CHARS_MAX), regex(pattern = PRINTABLE))]
    how: Option<String>,
    /// When the person agreed, as `2026-03-01T12:00:00Z`: not before 1970 and not in the future. Needed likewise.
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
        Consent { subject, how, agreed_at, statement_hash, recorded_at, key, policy, confirmed_at: None }
    }
}

impl Given {
    /// Checks what was sent.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], which names the field and says what it has to be.
    pub(super) fn check(self, policy: ConsentPolicy, now: Timestamp) -> Result<Said, Error> {
        let subject = self.subject.as_deref().and_then(|text| text.parse().ok());
        let subject: Subject =
            subject.ok_or_else(|| invalid("`consent.subject` has to be `self`, `other` or `synthetic`"))?;
        let is_told = subject.is_a_person() && policy != ConsentPolicy::Confirmed;
        if is_told && self.how.is_none() {
            return Err(invalid("`consent.how` is missing: say how the person agreed, in 1 to 500 characters"));
        }
        if is_told && self.agreed_at.is_none() {
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
        (ConsentPolicy::Off, _) | (ConsentPolicy::Attested | ConsentPolicy::Confirmed, Some(_)) => Ok(()),
        (ConsentPolicy::Confirmed, None) => {
            let message = "This deployment asks the person pictured, who has to agree behind a link: send in `consent` who is on the photos, as \
                 {\"subject\":\"other\"}";
            Err(Error::new(Code::ConsentRequired, message))
        }
        (ConsentPolicy::Attested, None) => {
            let message = "This deployment makes characters only with `consent`: send who is on the photos, how they agreed and when, as \
                 {\"subject\":\"other\",\"how\":\"signed our release form\",\"agreed_at\":\"2026-03-01T12:00:00Z\"}";
            Err(Error::new(Code::ConsentRequired, message))
        }
    }
}

/// Makes sure that enough is on record of a character for what the deployment asks now, with so many photos more.
///
/// # Errors
/// [`Code::ConsentRequired`].
pub(super) fn is_recorded(policy: ConsentPolicy, character: &Character, more: usize) -> Result<(), Error> {
    let asked = character.consent.as_ref().is_some_and(Consent::is_the_persons);
    if asked && more > 0 {
        let message = "The person pictured agreed to the photos that they saw, and not to more: train without `image_urls`, or create another character \
             with all of them";
        return Err(Error::new(Code::ConsentRequired, message));
    }
    match (policy, &character.consent) {
        (ConsentPolicy::Off, _) | (ConsentPolicy::Attested, Some(_)) => Ok(()),
        (ConsentPolicy::Confirmed, Some(consent))
            if !consent.subject.is_a_person() || consent.confirmed_at.is_some() =>
        {
            Ok(())
        }
        (ConsentPolicy::Confirmed, _) => {
            let message = "This deployment trains only where the person pictured agreed behind a link, and this one was not asked; create another character";
            Err(Error::new(Code::ConsentRequired, message))
        }
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
    /// `attested`: the owner said so. `awaiting`: the person is asked. `confirmed`: the person agreed. `refused`: they did not, or not in time.
    /// `withdrawn`: they took it back.
    state: State,
    /// What to hand to the person, where they are asked: there they see the photos and who asks, agree or refuse, and can take it back later. Whoever has it can
    /// answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(url)]
    link: Option<String>,
    /// Until when the person can agree; only while they are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    until: Option<String>,
    /// When the person agreed behind the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    confirmed_at: Option<String>,
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
    ///
    /// # Errors
    /// No link can be made.
    pub(super) fn of(config: &Config, character: &Character) -> Result<Option<Self>, Error> {
        let photo_count = character.photo_hashes().len();
        let Some(consent) = character.consent.clone() else { return Ok(None) };
        let state = State::of(character, &consent);
        let can_answer = matches!(state, State::Awaiting | State::Confirmed) && consent.is_the_persons();
        let until = matches!(state, State::Awaiting).then(|| character.answer_due().to_string());
        Ok(Some(Self {
            state,
            link: can_answer.then(|| links::consent(config, character)).transpose()?,
            until,
            confirmed_at: consent.confirmed_at.map(|at| at.to_string()),
            subject: consent.subject,
            how: consent.how,
            agreed_at: consent.agreed_at.map(|at| at.to_string()),
            statement_hash: consent.statement_hash,
            recorded_at: consent.recorded_at.to_string(),
            photo_count,
        }))
    }
}

#[cfg(test)]
mod tests;
