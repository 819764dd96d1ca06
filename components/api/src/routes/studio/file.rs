//! `GET /studio/{name}`: a file of the studio's page.

use lifecycle::Ports;
use lifecycle::ports::Body;
use store::s3;

use super::answer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/studio/{name}", access: Access::Anyone, needs: &[Need::Setting(&s3::ENDPOINT)] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(file(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn file<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let file = studio_files::named(request.segment("name"))
        .ok_or_else(|| Error::new(Code::NotFound, "The studio has no such file"))?;
    Ok(answer(ports.config(), &file, &request.headers))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getStudioFile", "Get a file of the studio")
        .answers_with(200, "Its style, or a script.", Content::Bytes("*/*"), &[])
        .fails(&[Code::NotFound])
}
