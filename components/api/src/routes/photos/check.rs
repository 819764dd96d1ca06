//! `POST /api/v1/photos/check`: what is to be changed about photos before a training is paid for. Nothing is charged, and nothing is kept.

use domain::Warning;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, looks};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::routes::characters::create::{self, Create};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/photos/check",
    access: Access::TRAIN,
    needs: &[Need::Links, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, check)))
}

/// What was seen of a set of photos.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CheckedPhotos")]
struct Checked {
    /// How many photos were looked at.
    image_count: usize,
    /// What their owner may want to change; empty where they are all good.
    warnings: Vec<Warning>,
}

async fn check<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let urls = create::validate(ports, request.json()?)?.urls;
    checks::not_suspended(ports, &customer.account).await?;
    funds::check_any(ports, &customer.account).await?;
    // One at a time is there whole; what decoding takes beside it is in the other half of an instance's memory.
    let room = request.room.take(looks::LOOK_BYTES)?;
    let warnings = looks::check(ports, &customer.account, &urls).await?;
    drop(room);
    Ok(Response::success(StatusCode::OK, Checked { image_count: urls.len(), warnings }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "checkPhotos", "Check photos")
        .says(
            "Takes what creating a character takes, fetches the photos, decodes them and says what is to be changed: what is blurred, too dark or \
             too bright, nearly the same as another one, turned, too small, or always in front of the same background. Nothing is charged, no photo \
             is kept, and no provider is asked. An account without any credits is refused.",
        )
        .takes::<Create>(json!({ "image_urls": create::photos() }))
        .answers::<Checked>(200, "What was seen. A photo that cannot be decoded is 422, named.")
        .fails(&create::REFUSALS)
        .fails(&[Code::InsufficientCredits, Code::AccountSuspended])
}
