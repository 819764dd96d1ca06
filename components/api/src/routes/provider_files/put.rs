//! `PUT /provider-files/{code}/{name}`: what a container made.

use http::StatusCode;
use http::header::LOCATION;
use lifecycle::ports::Body;
use lifecycle::{Ports, container_files};

use super::admit;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Put,
    path: "/provider-files/{code}/{*name}",
    access: Access::Link,
    needs: &[Need::Store, Need::Links, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(put(ports, request)))
}

async fn put<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    admit(ports, &request)?;
    let (name, length) = (request.segment("name").to_owned(), request.content_length());
    let location = container_files::receive(ports, &name, length, request.body).await?;
    Ok(Response::new(StatusCode::CREATED, "text/plain", Vec::new()).with(LOCATION, &location))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "putProviderFile", "Upload a container's file")
        .says("For Cog containers, to the address that their job names. At most 2 GB.")
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(201, "It is there, for a day, where `Location` says.", Content::Empty, &["Location"])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::PayloadTooLarge])
}
