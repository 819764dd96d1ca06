//! `POST /pictures/watermark`: a picture, with the deployment's watermark.

use lifecycle::Ports;
use lifecycle::config::settings;
use lifecycle::links::Rewriting;
use lifecycle::ports::Body;
use pixels::REWRITTEN_BYTES_MAX;

use crate::Error;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, routes::pictures};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/pictures/watermark",
    access: Access::Link,
    needs: &[Need::Setting(&settings::WATERMARK)],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(watermark(ports, request)))
}

async fn watermark<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let sent = pictures::read(ports, request, Rewriting::Watermark, REWRITTEN_BYTES_MAX).await?;
    let Some(watermark) = &ports.config().watermark else {
        return Err(Error::new(Code::NotFound, "No watermark is configured"));
    };
    let marked = pixels::watermark(&sent.bytes, watermark).map_err(|reason| pictures::refused(&reason))?;
    Ok(pictures::answered(marked))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "watermarkPicture", "Put the watermark into a picture")
        .says(
            "For the functions of this deployment: where `watermark` is configured, each picture that a provider made is sent here before it is kept, \
             to a link that was made for it. At most 16 MB. A JPEG stays a JPEG, a PNG a PNG, a WebP a WebP.",
        )
        .takes_content(Content::Bytes("*/*"), true, None)
        .answers_with(200, "The picture with the watermark.", Content::Bytes("*/*"), &[])
        .fails(&[Code::InvalidRequest, Code::NotFound, Code::PayloadTooLarge, Code::ImageDownloadFailed])
}
