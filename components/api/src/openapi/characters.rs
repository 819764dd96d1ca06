//! Characters: `/api/v1/characters/...`.

use domain::limits::PHOTOS_MIN;
use serde_json::{Value, json};

use super::operation::Access::Customer;
use super::operation::{Content, Operation, operation};
use crate::Code;
use crate::character::{Rename, View};
use crate::characters::{Page, STATUSES};
use crate::create_character::{Create, Created};
use crate::erase::Deleted;
use crate::generate_images::{Generate, Generated};

pub(super) const TAG: &str = "Characters";

/// Its operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![create(), list(), show(), rename(), delete(), generate()]
}

fn create() -> Operation {
    operation(TAG, Customer, ("post", "/api/v1/characters/create"), "createCharacter", "Train a character")
        .says(
            "Fetches the photos, holds 500 credits and begins a training, which takes some minutes. Poll the character, or have its end \
             told to `webhook_url`. Nothing is held where a photo cannot be used; everything is given back where the training fails.",
        )
        .takes::<Create>(json!({ "image_urls": photos(), "name": "Sarah", "trigger_word": "SARAH" }))
        .costs()
        .answers_with(200, "The character, in training.", Content::of::<Created>(), &["Idempotent-Replayed"])
        .fails(&[
            Code::TooFewImages,
            Code::TooManyImages,
            Code::InvalidImageUrl,
            Code::InvalidTriggerWord,
            Code::InvalidWebhookUrl,
            Code::ImageDownloadFailed,
            Code::TrainingSubmitFailed,
        ])
}

fn photos() -> Value {
    (1..=PHOTOS_MIN).map(|n| format!("https://example.com/sarah/{n}.jpg")).collect()
}

fn list() -> Operation {
    operation(TAG, Customer, ("get", "/api/v1/characters"), "listCharacters", "List characters")
        .query("status", "Only those that are this.", json!({ "type": "string", "enum": STATUSES }))
        .pages("cursor")
        .answers::<Page>(200, "Some of them, newest first. A page can be short and have a next one all the same.")
}

fn show() -> Operation {
    operation(TAG, Customer, ("get", "/api/v1/characters/{character_id}"), "getCharacter", "Get a character")
        .says("How it is, and how far its training is.")
        .answers::<View>(200, "The character.")
        .fails(&[Code::NotFound])
}

fn rename() -> Operation {
    operation(TAG, Customer, ("patch", "/api/v1/characters/{character_id}"), "renameCharacter", "Rename a character")
        .takes::<Rename>(json!({ "name": "Sarah B." }))
        .answers::<View>(200, "The character.")
        .fails(&[Code::NotFound])
}

fn delete() -> Operation {
    operation(TAG, Customer, ("delete", "/api/v1/characters/{character_id}"), "deleteCharacter", "Delete a character")
        .says(
            "Takes back what is under way and removes the model at the provider, our copy of its weights, the photos, and every picture \
             with its prompt. Safe to repeat. What was paid stays in the ledger.",
        )
        .answers::<Deleted>(200, "What became of each. Where `deleted` is false, send it again.")
        .fails(&[Code::NotFound])
}

fn generate() -> Operation {
    let path = "/api/v1/characters/{character_id}/generate";
    let headers = &["Location", "Preference-Applied", "Idempotent-Replayed"];
    operation(TAG, Customer, ("post", path), "generateImages", "Generate pictures of a character")
        .says("15 credits a picture, charged as delivered. Waits for up to two minutes, unless told not to.")
        .takes::<Generate>(
            json!({ "prompt": "SARAH on a sailing boat, golden hour", "aspect_ratio": "3:4", "num_outputs": 2 }),
        )
        .costs()
        .waits()
        .answers_with(200, "The pictures.", Content::of::<Generated>(), headers)
        .answers_with(202, "It is under way: poll the task that `Location` names.", Content::of::<Generated>(), headers)
        .fails(&[
            Code::MissingPrompt,
            Code::InvalidAspectRatio,
            Code::InvalidNumOutputs,
            Code::InvalidWebhookUrl,
            Code::NotFound,
            Code::CharacterNotReady,
            Code::GenerationFailed,
            Code::TaskEnded,
        ])
}
