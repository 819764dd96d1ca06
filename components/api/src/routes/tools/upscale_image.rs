//! `POST /api/v1/tools/upscale-image`: upscales a picture. Answers at once with a task.

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
pub(crate) const MODEL: &str = "topaz-image-upscale";

/// What it is.
const TOOL: Tool = Tool { model: MODEL, waits: Waits::Never, by_second: false };

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/api/v1/tools/upscale-image", access: Access::GENERATE, needs: NEEDS };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, upscale_image)))
}

async fn upscale_image<P: Ports, B: Body>(
    ports: &P,
    customer: Customer,
    request: Request<B>,
) -> Result<Response, Error> {
    begin(ports, customer, request, TOOL).await
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let example = json!({ "image_url": "https://example.com/small.jpg", "upscale_factor": "2" });
    describe_upscaler(ROUTE, "upscaleImage", "Upscale an image").says("By the megapixels that come out.").takes_content(
        taken(MODEL),
        true,
        Some(example),
    )
}
