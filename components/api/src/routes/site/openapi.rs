//! `GET /openapi.json`: the API as an OpenAPI document, made from the wire types and the descriptions of the routes.

use lifecycle::Ports;
use lifecycle::ports::Body;

use super::page;
use crate::Error;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{JSON, Request, Response};

const DOCUMENT: &str = include_str!("../../openapi.json");

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/openapi.json", access: Access::Anyone, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(openapi(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn openapi<P: Ports, B>(_: &P, _: Request<B>) -> Result<Response, Error> {
    Ok(page(JSON, DOCUMENT))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getDocument", "Get this document").answers_with(
        200,
        "The document.",
        Content::Bytes("application/json"),
        &[],
    )
}
