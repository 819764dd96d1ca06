//! `GET /privacy`: what this deployment keeps, for the people in the pictures.

mod page;
mod statement;

use http::StatusCode;
use http::header::VARY;
use lifecycle::Ports;
use lifecycle::config::settings;
use lifecycle::ports::Body;

use crate::Error;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{self, JSON, Request, Response};
use statement::Statement;

/// The media type of the page.
const HTML: &str = "text/html";

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/privacy",
    access: Access::Anyone,
    needs: &[
        Need::Setting(&settings::PROVIDERS),
        Need::Setting(&settings::PHOTOS_KEPT),
        Need::Setting(&settings::RESULTS_KEPT),
        Need::Setting(&settings::TASKS_KEPT),
        Need::Setting(&settings::PRIVACY_CONTACT),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(privacy(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn privacy<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let statement = Statement::of(ports.config());
    // A browser names both, and wants the page.
    let as_json = wire::names(&request.headers, JSON) && !wire::names(&request.headers, HTML);
    let answer = if as_json {
        Response::success(StatusCode::OK, statement)
    } else {
        let contact = ports.config().privacy_contact.as_ref();
        super::page("text/html; charset=utf-8", &page::render(&statement, contact))
    };
    Ok(answer.with(VARY, "Accept"))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getPrivacy", "Get what is kept of people")
        .says("What this deployment keeps, why, for how long, and how it is removed, for the people in the pictures: a page, or JSON where `Accept` names that and no `text/html`.")
        .answers_with(200, "The page, or the same as JSON.", Content::page::<Statement>(), &[])
}
