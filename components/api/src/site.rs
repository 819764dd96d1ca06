//! `GET /`, the API's own document for programs and for people, and the answer to every route there is not.

use http::StatusCode;
use http::header::CONTENT_SECURITY_POLICY;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

/// Made from the wire types, see [`crate::openapi`].
const DOCUMENT: &str = include_str!("openapi.json");
const DOCS: &str = include_str!("docs.html");
const HOME: &str = include_str!("site.html");

/// What a page may use: nothing but its own style.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// Handles a request.
#[expect(clippy::unused_async, reason = "every handler has the same shape")]
pub async fn handle<P: Ports>(_ports: &P, request: Request) -> Response {
    show(&request).unwrap_or_else(Response::from)
}

fn show(request: &Request) -> Result<Response, Error> {
    let (media_type, content) = match request.path.as_str() {
        "/" => ("text/html; charset=utf-8", HOME),
        "/docs" => ("text/html; charset=utf-8", DOCS),
        "/openapi.json" => ("application/json", DOCUMENT),
        _ => return Err(Error::new(Code::NotFound, "No such route")),
    };
    request.allow("GET, HEAD")?;
    Ok(Response::new(StatusCode::OK, media_type, content.into()).with(CONTENT_SECURITY_POLICY, PAGE_POLICY))
}
