//! A recipe: how a file was made, as it is signed. Nothing in it says who asked for it, what the prompt was, or who is on it.

use domain::{Base, Character, CharacterId, CharacterState, Digest, Media, Work};
use lifecycle::{Config, mark, receipt};
use media::mark::{DRAWN, MADE_BY_A_MODEL};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::delivered::Delivered;
use crate::views::task;

/// How a file was made. The order of the fields is that of the signed text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recipe {
    /// Who says so: the public URL of the deployment.
    #[schemars(url)]
    iss: String,
    /// The file: its task, its number and its ending, as its URL has them. The account that stands there before them is left out: who reads this
    /// cannot fetch the task's other files.
    result: String,
    /// SHA-256 of the file's bytes as they are delivered, in hex: whoever has the file can tell that it is this one. `null` for files that were made
    /// before this was written down.
    sha256: Option<Digest>,
    /// The file's media type.
    media_type: &'static str,
    /// How many bytes the file has.
    size_bytes: u32,
    /// IPTC's word for where it comes from: made by a model, or drawn by a program, as a song's cover is that no model made.
    #[schemars(url)]
    digital_source_type: &'static str,
    /// The model.
    model: String,
    /// What the character was trained on, where a trained character made it.
    base: Option<Base>,
    /// The character that it is about, where it is about one.
    character_id: Option<CharacterId>,
    /// SHA-256 of the receipt of the consent to that character, in hex: of its signed text, which is the second part of its `jws`. `null` where
    /// nothing was said of consent.
    consent_receipt_sha256: Option<Digest>,
    /// SHA-256 of the prompt as the caller wrote it, in hex: `printf %s "$PROMPT" | sha256sum`.
    prompt_sha256: Option<Digest>,
    /// The seed that it was made with, where it is known.
    seed: Option<u64>,
    /// Who ran the model.
    provider: &'static str,
    /// When it was asked for.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it was delivered.
    #[schemars(extend("format" = "date-time"))]
    delivered_at: String,
}

impl Recipe {
    /// The recipe of a file, and of the character that it is about.
    ///
    /// # Errors
    /// The receipt of the consent to the character is none that can be signed.
    pub(super) fn of(config: &Config, delivered: &Delivered, character: Option<&Character>) -> Result<Self, Error> {
        let Delivered { task, n, file, at, .. } = delivered;
        let prompt = match &task.work {
            Work::Training(_) | Work::Reference { .. } => None,
            Work::Generation(generation) => Some(&generation.prompt),
            Work::Run(run) => run.prompt.as_ref(),
        };
        let receipt = character.and_then(|character| receipt::receipt(character, &config.public_url));
        let receipt = receipt.map(|receipt| serde_json::to_vec(&receipt)).transpose().map_err(Error::internal)?;
        Ok(Self {
            iss: config.public_url.clone(),
            result: format!("{}.{n}.{}", task.id, file.media.extension()),
            sha256: file.sha256.clone(),
            media_type: file.media.media_type(),
            size_bytes: file.size_bytes,
            // A model makes no SVG here: what is one was drawn.
            digital_source_type: if file.media == Media::Svg { DRAWN } else { MADE_BY_A_MODEL },
            model: task::model(&task.work).to_owned(),
            base: character.and_then(|character| base(&task.work, character)),
            character_id: task.work.character().cloned(),
            consent_receipt_sha256: receipt.map(Digest::of),
            prompt_sha256: prompt.map(Digest::of),
            seed: mark::used_seed(task),
            provider: task.provider.as_str(),
            created_at: task.created_at.to_string(),
            delivered_at: at.to_string(),
        })
    }
}

/// What the character was trained on, where its model did this work.
fn base(work: &Work, character: &Character) -> Option<Base> {
    match (work, &character.state) {
        (Work::Generation(_), CharacterState::Ready { model }) => Some(model.base.clone()),
        _ => None,
    }
}
