//! `GET /results/:id`: a generated picture, for seven days.

use domain::TaskState;
use domain::limits::RESULT_LIFETIME;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use store::keys;

use crate::wire::{Part, Request, Response};
use crate::{Code, Error, Ports, links};

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    serve(ports, &request).await.unwrap_or_else(Response::from)
}

async fn serve<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    request.allow("GET, HEAD")?;
    let not_found = || Error::new(Code::NotFound, "No such result");
    let (account, id, n, extension) = links::parse_result(request.segment(1)).ok_or_else(not_found)?;
    let task = ports.store().load(&keys::task(&account, &id)).await?.ok_or_else(not_found)?;
    let TaskState::Pictured { pictures, at } = &task.state else { return Err(not_found()) };
    let picture = pictures.get(n).filter(|picture| picture.format.extension() == extension).ok_or_else(not_found)?;
    let age = ports.now().since(*at);
    if age >= RESULT_LIFETIME {
        return Err(Error::new(Code::ResultExpired, "Results are kept for 7 days; this one is gone"));
    }
    let part = Part::Blob { key: keys::result(&account, &id, n), size_bytes: picture.size_bytes };
    Ok(Response::stream(picture.format.media_type(), vec![part])
        .with(CACHE_CONTROL, &format!("private, max-age={}, immutable", RESULT_LIFETIME.saturating_sub(age).as_secs()))
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff"))
}
