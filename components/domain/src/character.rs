//! Characters: a person's photos and the model trained on them.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::limits::CONSENT_WAIT_MAX;
use crate::{
    AccountId, BlobLocation, CharacterId, Consent, Digest, Failure, Format, Model, Suspension, TaskId, Timestamp,
    TriggerWord, Warning,
};

/// A character's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Character {
    /// The character's id.
    pub id: CharacterId,
    /// Whose character it is.
    pub account: AccountId,
    /// Display name.
    pub name: String,
    /// The word that calls it up in a prompt.
    pub trigger_word: TriggerWord,
    /// When it was created.
    pub created_at: Timestamp,
    /// The photos it is trained on, in the caller's order.
    pub photos: Vec<Photo>,
    /// What its owner may want to change about them.
    pub warnings: Vec<Warning>,
    /// The task that trained it, or that kept its photos as references.
    pub training: TaskId,
    /// The task that trains it on its photos, while they are its references as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later_training: Option<TaskId>,
    /// The last of its trainings whose credits are known to be settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<TaskId>,
    /// What was said of the person's consent, where something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Since when nothing begins with it and no picture of it is handed out, and why; nothing where that is not so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspension>,
    /// How far it is.
    pub state: CharacterState,
}

/// How far a character is. Where its person is asked first: `awaiting_consent -> training | failed`. Then it moves once: `training -> ready | referenced | failed`; then `referenced -> ready`, where it is trained later; and from
/// anywhere to deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CharacterState {
    /// The person pictured has not agreed yet, and nothing has begun.
    AwaitingConsent,
    /// The provider trains the model.
    Training,
    /// Pictures can be generated.
    Ready {
        /// The trained model.
        model: Model,
    },
    /// Pictures can be generated, with its photos as references.
    #[strum(serialize = "ready")]
    Referenced,
    /// The training failed; its credits were given back.
    Failed {
        /// Why.
        error: Failure,
    },
    /// Its owner deleted it. What is left of it is only of use for finishing that.
    Deleted {
        /// Since when.
        at: Timestamp,
    },
}

impl CharacterState {
    /// The state as the API writes it.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }
}

impl Character {
    /// Whether its owner deleted it: then nobody finds it any more.
    pub const fn is_deleted(&self) -> bool {
        matches!(self.state, CharacterState::Deleted { .. })
    }

    /// Whether nothing may begin with it: it was deleted, or is suspended.
    pub const fn is_closed(&self) -> bool {
        self.is_deleted() || self.suspended.is_some()
    }

    /// Whether a model is trained for it.
    pub fn is_in_training(&self) -> bool {
        self.state == CharacterState::Training || self.is_trained_later()
    }

    /// Whether a model is trained for it while its pictures go by its photos.
    pub fn is_trained_later(&self) -> bool {
        self.state == CharacterState::Referenced && self.later_training.is_some()
    }

    /// Whether the person pictured agreed here.
    pub fn is_confirmed(&self) -> bool {
        self.consent.as_ref().is_some_and(|consent| consent.confirmed_at.is_some())
    }

    /// Until when the person pictured can agree.
    pub fn answer_due(&self) -> Timestamp {
        self.created_at.plus(CONSENT_WAIT_MAX)
    }

    /// The task that makes it what it is to be next, or that made it what it is.
    pub fn last_training(&self) -> &TaskId {
        self.later_training.as_ref().unwrap_or(&self.training)
    }

    /// Whether the credits of what made it what it is are known to be settled.
    pub fn is_settled(&self) -> bool {
        !self.is_in_training() && self.settled.as_ref() == Some(self.last_training())
    }

    /// The character after the credits of this task of it were settled; nothing where that is of no use.
    pub fn settled(&self, task: &TaskId) -> Option<Self> {
        let tells = !self.is_deleted() && !self.is_settled() && self.last_training() == task;
        tells.then(|| Self { settled: Some(task.clone()), ..self.clone() })
    }

    /// The hashes of its photos, in their order: of those that have one.
    pub fn photo_hashes(&self) -> Vec<Digest> {
        self.photos.iter().filter_map(|photo| photo.sha256.clone()).collect()
    }

    /// The character after this task of it ended; nothing when that had ended before, or does not make it ready: the first end counts.
    pub fn ended(&self, task: &TaskId, state: CharacterState) -> Option<Self> {
        let of_it = self.last_training() == task;
        if of_it && self.is_trained_later() {
            // It keeps its photos, whatever comes of its training.
            let without = Self { later_training: None, ..self.clone() };
            let trained = matches!(state, CharacterState::Ready { .. });
            return Some(if trained { Self { training: task.clone(), state, ..without } } else { without });
        }
        (of_it && self.state == CharacterState::Training).then(|| Self { state, ..self.clone() })
    }
}

/// One photo of a character: what was learnt from its bytes before they were stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Its format.
    pub format: Format,
    /// Size in bytes.
    pub size_bytes: u32,
    /// CRC-32 of the bytes, for the training zip.
    pub crc32: u32,
    /// SHA-256 of the bytes, where it is a photo that consent was recorded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Where its bytes are.
    #[serde(default)]
    #[serde(rename = "place")]
    pub location: BlobLocation,
    /// The name of the upload that it was copied from, where it was one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}
