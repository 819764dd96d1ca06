//! `GET /provider-files/{code}/{name}`: what a container made, fetched again.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use lifecycle::ports::Body;
use lifecycle::{Ports, container_files};

use super::{admit, not_found};
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, file};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/provider-files/{code}/{*name}",
    access: Access::Link,
    needs: &[Need::Store, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(get(ports, request)))
}

async fn get<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    admit(ports, &request)?;
    let mut parts = request.segment("name").split('/');
    let n = parts.next().and_then(|n| n.parse().ok()).ok_or_else(not_found)?;
    let id = parts.next().unwrap_or_default();
    let blob = container_files::find(ports, n, id).await?.ok_or_else(not_found)?;
    let whole = Response::new(StatusCode::OK, "application/octet-stream", vec![Part::Blob(blob.into())])
        .with(CACHE_CONTROL, "private, no-store");
    Ok(file::serve(whole, id, &request))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getProviderFile", "Get a container's file")
        .says("A `Location` of the upload, whose `name` has slashes.")
        .sends_file("The file.", "application/octet-stream")
        .fails(&[Code::NotFound])
}
