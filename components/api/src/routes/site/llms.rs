//! `GET /llms.txt`: what this is, for language models.

use lifecycle::Ports;
use lifecycle::ports::Body;

use super::page;
use crate::Error;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

const PAGE: &str = include_str!("llms.txt");

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/llms.txt", access: Access::Anyone, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(llms(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn llms<P: Ports, B>(_: &P, _: Request<B>) -> Result<Response, Error> {
    Ok(page("text/plain; charset=utf-8", PAGE))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getLlmsTxt", "Get the description for language models").answers_with(
        200,
        "A text in Markdown: <https://llmstxt.org>.",
        Content::Bytes("text/plain"),
        &[],
    )
}
