//! `PUT /uploads/{name}`: the bytes of a caller's file, behind a signed link that ends.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use lifecycle::ports::Body;
use lifecycle::{Ports, inputs, links};

use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Put, path: "/uploads/{name}", access: Access::Link, needs: &[Need::Store, Need::Bucket] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(put(ports, request)))
}

async fn put<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    if !links::is_upload(ports.config(), &request.signed_link(), ports.now())? {
        return Err(lifecycle::Error::NoSuchFile.into());
    }
    let found = inputs::find(ports, request.segment("name")).await?;
    let (n, input) = found.ok_or(lifecycle::Error::NoSuchFile)?;
    if request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) != Some(input.media_type.as_str()) {
        let message = format!("Send it as it was announced, with `Content-Type: {}`", input.media_type);
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let length = request.content_length();
    inputs::receive(ports, n, input, length, request.body).await?;
    Ok(Response::new(StatusCode::OK, "text/plain", Vec::new()))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "putUpload", "Upload a file")
        .says("To the `uploadUrl` of the announcement, as it is: what follows the `?` is its permission. No key. Once all of it is there, it stays.")
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(200, "It is there.", Content::Empty, &[])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::UploadExists, Code::PayloadTooLarge])
}
