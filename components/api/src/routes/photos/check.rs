//! `POST /api/v1/photos/check`: what is to be changed about photos before a training is paid for. Nothing is charged, and nothing is kept: what
//! was seen when the time was over goes to the caller, who brings it back.

use domain::Warning;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, looks};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::resume::{self, RESUME_CHARS_MAX};

use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::routes::characters::create::{self, Create};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, object};

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

/// What a caller sends: what creating a character takes, and what was seen before.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "CheckPhotos", deny_unknown_fields)]
struct Check {
    #[schemars(flatten)]
    create: Create,
    /// The `resume` of the answer before, with the same `image_urls`: the photos that were looked at are not looked at again.
    #[schemars(length(max = RESUME_CHARS_MAX))]
    resume: Option<String>,
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (create, resume) = object::and(deserializer, "resume")?;
        Ok(Self { create, resume })
    }
}

/// What was seen of a set of photos.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CheckedPhotos")]
struct Checked {
    /// How many photos there are.
    image_count: usize,
    /// How many of them were looked at by now, from the first on.
    checked_count: usize,
    /// What their owner may want to change of these; empty where they are all good.
    warnings: Vec<Warning>,
    /// Where not all were looked at in the time of a request: what is to be sent with the next one, which goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<String>,
}

async fn check<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let Check { create, resume } = request.json()?;
    let urls = create::validate(ports, create)?.urls;
    let before = resume.map(|resume| resume::read(&resume, &urls)).transpose()?.unwrap_or_default();
    checks::not_suspended(ports, &customer.account).await?;
    funds::check_any(ports, &customer.account).await?;
    // One at a time is there whole; what decoding takes beside it is in the other half of an instance's memory.
    let room = request.room.take(looks::LOOK_BYTES)?;
    let seen = looks::check(ports, &customer.account, &urls, before).await?;
    drop(room);
    let (image_count, checked_count) = (urls.len(), seen.looked.len());
    let resume = (checked_count < image_count).then(|| resume::write(&seen.looked, &urls));
    Ok(Response::success(StatusCode::OK, Checked { image_count, checked_count, warnings: seen.warnings, resume }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "checkPhotos", "Check photos")
        .says(
            "Takes what creating a character takes, fetches the photos, decodes them and says what is to be changed: what is blurred, too dark or \
             too bright, nearly the same as another one, turned, too small, or always in front of the same background. Nothing is charged, no photo \
             is kept, and no provider is asked. An account without any credits is refused. After 10 seconds no further photos are begun with: \
             the answer has `resume` then, and the same request with it goes on.",
        )
        .takes::<Check>(json!({ "image_urls": create::photos() }))
        .answers::<Checked>(200, "What was seen. A photo that cannot be decoded is 422, named.")
        .fails(&create::REFUSALS)
        .fails(&[Code::InsufficientCredits, Code::AccountSuspended])
}
