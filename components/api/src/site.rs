//! `GET /`, and the answer to every route there is not.

use http::StatusCode;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

const PAGE: &str = include_str!("site.html");

/// Handles a request.
#[expect(clippy::unused_async, reason = "every handler has the same shape")]
pub async fn handle<P: Ports>(_ports: &P, request: Request) -> Response {
    show(&request).unwrap_or_else(Response::from)
}

fn show(request: &Request) -> Result<Response, Error> {
    if request.path != "/" {
        return Err(Error::new(Code::NotFound, "No such route"));
    }
    request.allow("GET, HEAD")?;
    Ok(Response::new(StatusCode::OK, "text/html; charset=utf-8", PAGE.into()))
}
