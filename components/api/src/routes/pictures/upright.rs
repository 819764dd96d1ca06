//! `POST /pictures/upright`: a photo, turned the way it is shown.

use http::{HeaderMap, StatusCode};
use lifecycle::Ports;
use lifecycle::links::Rewriting;
use lifecycle::ports::Body;
use media::photo::PHOTO_BYTES_MAX;

use crate::Error;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, routes::pictures};

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Post, path: "/pictures/upright", access: Access::Link, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(upright(ports, request)))
}

async fn upright<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let sent = pictures::read(ports, request, Rewriting::Upright, PHOTO_BYTES_MAX as usize).await?;
    Ok(match pixels::upright(&sent.bytes).map_err(|error| pictures::refused(&error))? {
        Some(photo) => pictures::answered(photo),
        None => Response { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Vec::new(), cause: None },
    })
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "turnPhoto", "Turn a photo the way it is shown")
        .says(
            "For the functions of this deployment: before a training, each photo that is stored turned is sent here, to a link that was made for it. \
             At most 10 MiB. A large JPEG keeps 1,024 pixels of its short side at least; what else the photo says is left out.",
        )
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(200, "The photo, upright.", Content::Bytes("image/jpeg"), &[])
        .answers_with(204, "It is upright already, or is not decoded here.", Content::Empty, &[])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::PayloadTooLarge, Code::ImageDownloadFailed])
}
