//! Runs of models that know no character, tools, and uploads.

use catalogue::{Catalogue, Model};
use domain::MediaKind;
use domain::limits::PHOTO_URL_BYTES_MAX;
use serde_json::{Value, json};

use super::operation::Access::{Anyone, Customer, Link};
use super::operation::{Content, Operation, operation};
use crate::Code;
use crate::generate::{Estimate, Generate, Started};
use crate::models::Models;
use crate::tools::{Done, LIPSYNC, UPSCALE_IMAGE, UPSCALE_VIDEO};
use crate::upload::{Announce, Announced};

pub(super) const TAG: &str = "Models and tools";
pub(super) const UPLOADS: &str = "Uploads";

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        generate(),
        estimate(),
        models(),
        lipsync(),
        upscale_image(),
        upscale_video(),
        announce(),
        put_upload(),
        get_upload(),
    ]
}

/// What a run can be refused for, before anything is held.
const REFUSALS: [Code; 4] = [Code::InvalidModel, Code::MissingPrompt, Code::InvalidImageUrl, Code::InvalidWebhookUrl];

fn generate() -> Operation {
    operation(TAG, Customer, ("post", "/api/v1/generate"), "generate", "Run a model")
        .says(
            "`GET /api/v1/models` has the models, their parameters and prices. The credits are held at once and charged as delivered. \
             A `prompt` beside `input` and the older `options` are understood; what `input` says counts most.",
        )
        .takes::<Generate>(example())
        .costs()
        .answers_with(
            200,
            "The task, to be polled.",
            Content::of::<Started>(),
            &["Location", "Idempotent-Replayed"],
        )
        .fails(&REFUSALS)
        .fails(&[Code::MissingModel, Code::GenerationFailed])
}

fn estimate() -> Operation {
    operation(TAG, Customer, ("post", "/api/v1/estimate"), "estimate", "Ask what a run would cost")
        .says("The body of a run. Nothing is held and nothing is made.")
        .takes::<Generate>(example())
        .answers::<Estimate>(200, "What it would cost, and what of it would count.")
        .fails(&REFUSALS)
        .fails(&[Code::MissingModel])
}

fn example() -> Value {
    json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "A lighthouse in a storm", "aspect_ratio": "16:9" } })
}

fn models() -> Operation {
    operation(TAG, Anyone, ("get", "/api/v1/models"), "listModels", "List models")
        .query("type", "Only those that make this.", json!({ "type": "string", "enum": MediaKind::ALL }))
        .answers::<Models>(200, "The models that the deployment's providers have.")
}

fn lipsync() -> Operation {
    let headers = &["Location", "Idempotent-Replayed"];
    let example = json!({ "video_url": "https://example.com/talk.mp4", "audio_url": "https://example.com/words.mp3" });
    operation(TAG, Customer, ("post", "/api/v1/tools/lipsync"), "lipsync", "Give a video other words")
        .says("By the second of the video, at most 30 s of it. Waits for up to two minutes, then answers with a task that goes on.")
        .takes_content(tool(LIPSYNC), true, Some(example))
        .costs()
        .waits()
        .answers_with(200, "The video; or the task, where it was not waited for.", Content::of::<Done>(), headers)
        .answers_with(202, "It is under way: poll the task that `Location` names.", Content::of::<Done>(), headers)
        .fails(&REFUSALS)
        .fails(&[Code::GenerationFailed, Code::TaskEnded])
}

fn upscale_image() -> Operation {
    let example = json!({ "image_url": "https://example.com/small.jpg", "upscale_factor": "2" });
    upscale("/api/v1/tools/upscale-image", "upscaleImage", "Give a picture more pixels")
        .says("By the megapixels that come out.")
        .takes_content(tool(UPSCALE_IMAGE), true, Some(example))
}

fn upscale_video() -> Operation {
    let example = json!({ "video_url": "https://example.com/small.mp4", "upscale_factor": "2" });
    upscale("/api/v1/tools/upscale-video", "upscaleVideo", "Give a video more pixels")
        .says("By the second of the video, at most 60 s of it.")
        .takes_content(tool(UPSCALE_VIDEO), true, Some(example))
}

fn upscale(path: &'static str, name: &'static str, summary: &'static str) -> Operation {
    operation(TAG, Customer, ("post", path), name, summary)
        .costs()
        .answers_with(200, "The task, to be polled.", Content::of::<Done>(), &["Location", "Idempotent-Replayed"])
        .fails(&REFUSALS)
        .fails(&[Code::GenerationFailed])
}

/// What a tool takes: the parameters of the model behind it, and where to tell of the end.
fn tool(model: &str) -> Content {
    let catalogue = Catalogue::built_in().ok();
    let model = catalogue.as_ref().and_then(|catalogue| catalogue.get(model));
    let mut schema = model.map(Model::input_schema).unwrap_or_default();
    let url = json!({
        "type": ["string", "null"],
        "format": "uri",
        "maxLength": PHOTO_URL_BYTES_MAX,
        "description": "Where to tell of the end: a public HTTP(S) URL.",
    });
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("webhook_url".to_owned(), url);
    }
    Content::Schema(schema)
}

fn announce() -> Operation {
    operation(UPLOADS, Customer, ("post", "/api/v1/upload"), "announceUpload", "Announce an upload")
        .says("Says where to PUT a file that is nowhere on the web, and which URL it has from then on.")
        .takes::<Announce>(json!({ "contentType": "image/jpeg", "sizeBytes": 1_830_211 }))
        .answers::<Announced>(200, "Where to put it within the hour, and where it is for a day.")
}

const NAME: &str = "/uploads/{name}";

fn put_upload() -> Operation {
    operation(UPLOADS, Link, ("put", NAME), "putUpload", "Upload a file")
        .says("To the `uploadUrl` of the announcement, as it is: what follows the `?` is its permission. No key.")
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(200, "It is there.", Content::Empty, &[])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::PayloadTooLarge])
}

fn get_upload() -> Operation {
    operation(UPLOADS, Link, ("get", NAME), "getUpload", "Fetch an upload")
        .says("The `publicUrl` of the announcement.")
        .answers_with(200, "The file.", Content::Bytes("*/*"), &["Cache-Control"])
        .fails(&[Code::NotFound])
}
