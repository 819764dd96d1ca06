//! Certificates of deletion: what a deletion removed and what remains, signed, so that it can be shown to others and verified later.

use std::borrow::Cow;

use domain::takedown::{Became, Removed};
use domain::{AccountId, CharacterId, Digest, TaskId};
use lifecycle::erase::{self, Outcome};
use lifecycle::{Ports, funds, proofs};
use proof::Kind;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;

/// What became of one thing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "DeletedObject")]
pub(crate) struct Object {
    #[schemars(extend("enum" = ["character", "running_tasks", "provider_jobs", "provider_model", "provider_inputs", "weights", "photos", "results", "prompts", "stored_answers", "uploads", "prompt", "provider_results"]))]
    object: Cow<'static, str>,
    /// `none`: there was none, or it was deleted before.
    #[schemars(extend("enum" = ["deleted", "none", "remains"]))]
    outcome: &'static str,
    /// How many there were, where there can be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    /// Why it remains, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl From<erase::Object> for Object {
    fn from(object: erase::Object) -> Self {
        let outcome = match object.outcome {
            Outcome::Deleted => "deleted",
            Outcome::None => "none",
            Outcome::Remains { .. } => "remains",
        };
        Self { object: object.name.into(), outcome, count: object.count, reason: object.outcome.reason() }
    }
}

impl From<Removed> for Object {
    fn from(removed: Removed) -> Self {
        let (outcome, reason) = match removed.became {
            Became::Deleted => ("deleted", None),
            Became::None => ("none", None),
            Became::Remains(reason) => ("remains", Some(reason)),
        };
        Self { object: removed.object.into(), outcome, count: removed.count, reason }
    }
}

/// What was deleted.
pub(crate) enum Subject {
    /// A character, and all there was of its person.
    Character(CharacterId),
    /// What a task made and was asked.
    Task(TaskId),
}

/// What this deletion removed, and what remains. The order of the fields is that of the signed text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeletionCertificate")]
struct Statement {
    /// Who says so: the public URL of the deployment.
    #[schemars(url)]
    iss: String,
    /// The character that was deleted, with all there was of its person.
    #[serde(skip_serializing_if = "Option::is_none")]
    character_id: Option<CharacterId>,
    /// The task of which was deleted what it made and was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    /// When this was said.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// Whether all is gone that can be deleted from here. Otherwise another certificate, of the request sent again, can say so.
    deleted: bool,
    /// What became of each thing, by this request: what an earlier one deleted is `none` here.
    objects: Vec<Object>,
    /// The account's ledger at that time: what was paid stays there, and shows that the certificate is not older or younger.
    ledger: LedgerHead,
}

/// How far a ledger was.
#[derive(Debug, Serialize, JsonSchema)]
struct LedgerHead {
    /// The number of its latest entry; 0 where there is none.
    seq: u64,
    /// That entry's hash.
    hash: Digest,
}

/// A certificate, and the same signed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Certificate {
    /// What was deleted and what remains, to be read.
    certificate: Statement,
    /// The same, signed: a JWS in its compact form (RFC 7515) of the type `likeness-deletion+jwt`.
    jws: String,
}

impl Certificate {
    /// Signs what became of a deletion.
    ///
    /// # Errors
    /// What the store answers, and where the deployment has no secret to sign with.
    pub(crate) async fn sign<P: Ports>(
        ports: &P,
        account: &AccountId,
        subject: Subject,
        deleted: bool,
        objects: Vec<Object>,
    ) -> Result<Self, Error> {
        let funds = funds::load(ports, account).await?;
        let ledger = LedgerHead { seq: funds.last_seq(), hash: funds.head };
        let (character_id, task_id) = match subject {
            Subject::Character(id) => (Some(id), None),
            Subject::Task(id) => (None, Some(id)),
        };
        let (iss, at) = (ports.config().public_url.clone(), ports.now().to_string());
        let certificate = Statement { iss, character_id, task_id, at, deleted, objects, ledger };
        let jws = proofs::signer(ports.config())?.sign(Kind::Deletion, &certificate).map_err(Error::internal)?;
        Ok(Self { certificate, jws })
    }
}
