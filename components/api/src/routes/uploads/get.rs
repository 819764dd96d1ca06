//! `GET /uploads/{name}`: a caller's file, for whoever knows its name.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use lifecycle::ports::Body;
use lifecycle::{Ports, inputs, uploads};

use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, file};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/uploads/{name}", access: Access::Link, needs: &[Need::Store, Need::Bucket] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(get(ports, request)))
}

async fn get<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    let found = inputs::find(ports, request.segment("name")).await?;
    let (_, input) = found.ok_or(lifecycle::Error::NoSuchFile)?;
    let left = uploads::time_left(&input, ports.now());
    let blob = inputs::blob(&input).filter(|_| !left.is_zero()).ok_or(lifecycle::Error::NoSuchFile)?;
    let mut answer = Response::new(StatusCode::OK, "application/octet-stream", vec![Part::Blob(blob.into())])
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(CACHE_CONTROL, &format!("private, max-age={}", left.as_secs()));
    if let Ok(media_type) = HeaderValue::from_str(&input.media_type) {
        answer.headers.insert(CONTENT_TYPE, media_type);
    }
    // What was put there stays as it is.
    Ok(file::serve(answer, &input.file.id, &request))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getUpload", "Get an upload")
        .says("The `publicUrl` of the announcement.")
        .sends_file("The file.", "*/*")
        .fails(&[Code::NotFound])
}
