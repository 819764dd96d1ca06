//! `POST /api/v1/tools/lipsync`: lip-syncs a video to other speech. Waits for it, or answers 202 with a task where that takes long.

use lifecycle::Ports;
use lifecycle::ports::Body;
use serde_json::json;

use super::{Done, NEEDS, REFUSALS, Tool, Waits, begin, taken};
use crate::auth::Customer;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// The model behind it.
pub(crate) const MODEL: &str = "lipsync";

/// What it is.
const TOOL: Tool = Tool { model: MODEL, waits: Waits::Asked, by_second: false };

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/api/v1/tools/lipsync", access: Access::GENERATE, needs: NEEDS };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, lipsync)))
}

async fn lipsync<P: Ports, B: Body>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    begin(ports, customer, request, TOOL).await
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let headers = &["Location", "Idempotent-Replayed"];
    let example = json!({ "video_url": "https://example.com/talk.mp4", "audio_url": "https://example.com/words.mp3" });
    Description::of(ROUTE, "lipsync", "Lip-sync a video")
        .says("By the second of the video, at most 30 s of it. Waits for up to two minutes, then answers with a task that goes on.")
        .takes_content(taken(MODEL), true, Some(example))
        .costs()
        .waits()
        .answers_with(200, "The video; or the task, where it was not waited for.", Content::of::<Done>(), headers)
        .answers_with(202, "It is under way: poll the task that `Location` names.", Content::of::<Done>(), headers)
        .fails(&REFUSALS)
        .fails(&[Code::GenerationFailed, Code::TaskEnded])
}
