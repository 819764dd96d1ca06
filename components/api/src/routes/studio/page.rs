//! `GET /studio`: the studio's page.

use lifecycle::Ports;
use lifecycle::ports::Body;
use store::s3;

use super::answer;
use crate::Error;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/studio", access: Access::Anyone, needs: &[Need::Setting(&s3::ENDPOINT)] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(page(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn page<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    Ok(answer(ports.config(), &studio_files::PAGE, &request.headers))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getStudio", "Get the studio")
        .says("A page that calls this API with the key that is pasted into it, or that stands behind `#key=` of its address.")
        .answers_with(200, "The page.", Content::Bytes("text/html"), &[])
}
