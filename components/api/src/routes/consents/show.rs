//! `GET /consent/{name}`: what the person on a character's photos is asked, and how that stands.

use lifecycle::Ports;
use lifecycle::ports::Body;

use super::view::View;
use super::{linked, told};
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/consent/{name}", access: Access::Link, needs: &[Need::Store, Need::Links] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(show(ports, request)))
}

async fn show<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let character = linked(ports, &request).await?;
    told(ports, &request, &character).await
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getAskedConsent", "See what one is asked to agree to")
        .says(
            "The `link` of a character's `consent`, for the person on the photos: who asks, for what, and the photos. A page, or JSON where `Accept` names that and no \
             `text/html`.",
        )
        .answers_with(200, "The page, or the same as JSON.", Content::page::<View>(), &[])
        .fails(&[Code::NotFound])
}
