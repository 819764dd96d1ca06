//! Files that are fetched, what providers report, and the pages of the application itself.

use serde_json::json;

use super::operation::Access::{Anyone, Link};
use super::operation::{Content, Operation, operation};
use crate::Code;
use crate::provider_webhook::Taken;

pub(super) const TAG: &str = "Files and providers";

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        result(),
        dataset(),
        weights(),
        put_provider_file(),
        get_provider_file(),
        callback(),
        home(),
        document(),
        docs(),
    ]
}

fn result() -> Operation {
    operation(TAG, Anyone, ("get", "/results/{name}"), "getResult", "Fetch what was made")
        .says("A `url` of a task's result; good for 7 days. With a bucket, it leads there.")
        .answers_with(200, "The file.", Content::Bytes("*/*"), &["Cache-Control"])
        .answers_with(302, "Where it is, until the 7 days end.", Content::Empty, &["Location", "Cache-Control"])
        .fails(&[Code::NotFound, Code::ResultExpired])
}

fn dataset() -> Operation {
    operation(TAG, Link, ("get", "/datasets/{name}"), "getDataset", "Fetch a character's photos")
        .says("For the provider that trains it; good for 6 hours.")
        .answers_with(200, "A zip of the photos.", Content::Bytes("application/zip"), &["Cache-Control"])
        .fails(&[Code::NotFound])
}

fn weights() -> Operation {
    operation(TAG, Link, ("get", "/weights/{name}"), "getWeights", "Fetch a character's weights")
        .says("For the provider that makes pictures with them; good for 2 hours.")
        .answers_with(200, "Safetensors.", Content::Bytes("application/octet-stream"), &["Cache-Control"])
        .fails(&[Code::NotFound])
}

const FILE: &str = "/provider-files/{code}/{name}";

fn put_provider_file() -> Operation {
    operation(TAG, Link, ("put", FILE), "putProviderFile", "Upload what a container made")
        .says("For Cog containers, to the address that their job names. At most 2 GB.")
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(201, "It is there, for a day, where `Location` says.", Content::Empty, &["Location"])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::PayloadTooLarge])
}

fn get_provider_file() -> Operation {
    operation(TAG, Link, ("get", FILE), "getProviderFile", "Fetch what a container made")
        .says("A `Location` of the upload, whose `name` has slashes.")
        .answers_with(200, "The file.", Content::Bytes("application/octet-stream"), &["Cache-Control"])
        .fails(&[Code::NotFound])
}

fn callback() -> Operation {
    let text = || json!({ "type": "string" });
    operation(TAG, Link, ("post", "/api/v1/webhooks/{provider}"), "takeCallback", "Take a provider's report")
        .says("Signed by the provider as its own documents have it, under a URL that was made here. At most 10 MiB.")
        .takes_content(
            Content::Schema(json!({ "type": "object", "description": "A job, as the provider has it." })),
            true,
            None,
        )
        .query("account", "As the link has it.", text())
        .query("task", "As the link has it.", text())
        .query("mac", "As the link has it.", text())
        .answers::<Taken>(200, "It was taken.")
        .fails(&[Code::InvalidSignature, Code::NotFound, Code::ProviderUnavailable])
}

fn home() -> Operation {
    operation(TAG, Anyone, ("get", "/"), "getHome", "A page that says that this is Likeness").answers_with(
        200,
        "The page.",
        Content::Bytes("text/html"),
        &[],
    )
}

fn document() -> Operation {
    operation(TAG, Anyone, ("get", "/openapi.json"), "getDocument", "This document").answers_with(
        200,
        "The document.",
        Content::Bytes("application/json"),
        &[],
    )
}

fn docs() -> Operation {
    operation(TAG, Anyone, ("get", "/docs"), "getDocs", "This document, for people").answers_with(
        200,
        "The page; it needs no network.",
        Content::Bytes("text/html"),
        &[],
    )
}
