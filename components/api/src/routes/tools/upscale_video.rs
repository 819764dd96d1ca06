//! `POST /api/v1/tools/upscale-video`: upscales a video. Answers at once with a task.

use lifecycle::Ports;
use lifecycle::ports::Body;
use serde_json::json;

use super::{NEEDS, Tool, Waits, begin, describe_upscaler, taken};
use crate::Error;
use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};

/// The model behind it.
pub(crate) const MODEL: &str = "topaz-video-upscale";

/// What it is.
const TOOL: Tool = Tool { model: MODEL, waits: Waits::Never, by_second: true };

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/api/v1/tools/upscale-video", access: Access::GENERATE, needs: NEEDS };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, upscale_video)))
}

async fn upscale_video<P: Ports, B: Body>(
    ports: &P,
    customer: Customer,
    request: Request<B>,
) -> Result<Response, Error> {
    begin(ports, customer, request, TOOL).await
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let example = json!({ "video_url": "https://example.com/small.mp4", "upscale_factor": "2" });
    describe_upscaler(ROUTE, "upscaleVideo", "Upscale a video")
        .says("By the second of the video, at most 60 s of it.")
        .takes_content(taken(MODEL), true, Some(example))
}
