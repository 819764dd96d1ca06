//! `GET /results/:id`: a generated picture, for seven days. One that is in a bucket is fetched there, under a URL that ends with them.

use domain::limits::RESULT_LIFETIME;
use domain::{BlobLocation, TaskState};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{Method, StatusCode};
use store::keys;

use crate::blobs::Blob;
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, Ports, blobs, links};

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Streamed {
    serve(ports, &request).await.unwrap_or_else(Streamed::from)
}

async fn serve<P: Ports>(ports: &P, request: &Request) -> Result<Streamed, Error> {
    request.allow("GET, HEAD")?;
    let not_found = || Error::new(Code::NotFound, "No such result");
    let (account, id, n, extension) = links::parse_result(request.segment(1)).ok_or_else(not_found)?;
    let task = ports.store().load(&keys::task(&account, &id)).await?.ok_or_else(not_found)?;
    if task.erased_at.is_some() {
        return Err(Error::new(Code::ResultExpired, "It was deleted with its character"));
    }
    let TaskState::Delivered { files, at } = &task.state else { return Err(not_found()) };
    let file = files.get(n).filter(|file| file.media.extension() == extension).ok_or_else(not_found)?;
    let age = ports.now().since(*at);
    if age >= RESULT_LIFETIME {
        return Err(Error::new(Code::ResultExpired, "Results are kept for 7 days; this one is gone"));
    }
    let (key, left) = (keys::result(&account, &id, n), RESULT_LIFETIME.saturating_sub(age));
    let (location, media_type) = (file.location, file.media.media_type());
    // A signed URL is good for one method; what a HEAD asks for is known here.
    let redirects = location == BlobLocation::Bucket && ports.config().s3_redirect && request.method == Method::GET;
    let answer = if redirects {
        Streamed::redirect(&blobs::bucket(ports.config())?.link(&key, media_type, left, ports.now()))
    } else {
        let blob = Blob { key, location, size_bytes: file.size_bytes };
        Response::new(StatusCode::OK, media_type, vec![Part::Blob(blob)]).with(X_CONTENT_TYPE_OPTIONS, "nosniff")
    };
    Ok(answer.with(CACHE_CONTROL, &format!("private, max-age={}, immutable", left.as_secs())))
}
