//! The consent of the person pictured: the page behind their link, and what they answer there. No script, and nothing from elsewhere.

pub(crate) mod answer;
mod page;
pub(crate) mod show;
mod view;

use domain::Character;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY};
use http::{HeaderName, StatusCode};
use lifecycle::{Ports, links};
use store::keys;
use view::View;

use crate::wire::{self, JSON, Request, Response};
use crate::{Code, Error};

/// What the page may use: its own style, the photos, and its own form.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The media type of the page.
const HTML: &str = "text/html";
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// The character that a link is about.
///
/// # Errors
/// [`Code::NotFound`], one answer for a wrong and an unknown link: it tells a guesser nothing. What the store answers.
async fn linked<P: Ports, B>(ports: &P, request: &Request<B>) -> Result<Character, Error> {
    let not_found = || Error::new(Code::NotFound, "No such link; ask who gave it to you for it once more");
    let mac = request.parameter("mac").unwrap_or_default();
    let named = links::verified_consent(ports.config(), request.segment("name"), &mac)?;
    let (account, id) = named.ok_or_else(not_found)?;
    ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)
}

/// Shows how it stands: as a page, or as JSON where `Accept` names that and no page.
async fn told<P: Ports, B>(ports: &P, request: &Request<B>, character: &Character) -> Result<Response, Error> {
    let account = lifecycle::funds::document(ports, &character.account).await?;
    let view = View::of(ports, &account, character)?;
    let as_json = wire::names(&request.headers, JSON) && !wire::names(&request.headers, HTML);
    let answer = if as_json {
        Response::success(StatusCode::OK, view)
    } else {
        let page = page::render(ports.config(), &view);
        Response::new(StatusCode::OK, "text/html; charset=utf-8", page.into())
            .with(CONTENT_SECURITY_POLICY, PAGE_POLICY)
    };
    let answer = answer.with(VARY, "Accept").with(CACHE_CONTROL, "private, no-store");
    // Its address opens it.
    Ok(answer.with(REFERRER_POLICY, "no-referrer").with(X_ROBOTS_TAG, "noindex"))
}
