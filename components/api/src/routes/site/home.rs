//! `GET /`: the front page.

use lifecycle::Ports;
use lifecycle::ports::Body;

use super::page;
use crate::Error;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

const PAGE: &str = include_str!("home.html");

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/", access: Access::Anyone, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(home(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn home<P: Ports, B>(_: &P, _: Request<B>) -> Result<Response, Error> {
    Ok(page("text/html; charset=utf-8", PAGE))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getHome", "Get the front page").answers_with(
        200,
        "The page.",
        Content::Bytes("text/html"),
        &[],
    )
}
