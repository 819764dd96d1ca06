//! `GET /weights/{name}`: our copy of a character's weights, which providers pull behind a signed, expiring link.

use domain::{CharacterState, Model};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use lifecycle::blobs::Blob;
use lifecycle::ports::Body;
use lifecycle::{Ports, links};
use store::keys;

use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, file};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/weights/{name}", access: Access::Link, needs: &[Need::Store, Need::Bucket] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(weights(ports, request)))
}

async fn weights<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    let not_found = || Error::new(Code::NotFound, "No such weights, or their link has expired");
    let named = links::verified_weights(ports.config(), &request.signed_link(), ports.now())?;
    let (account, id) = named.ok_or_else(not_found)?;
    let character = ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)?;
    if character.is_closed() {
        return Err(not_found());
    }
    let CharacterState::Ready { model: Model { weights: Some(weights), .. } } = character.state else {
        return Err(not_found());
    };
    let blob = Blob { key: keys::weights(&account, &id), location: weights.location, size_bytes: weights.size_bytes };
    let whole = Response::new(StatusCode::OK, "application/octet-stream", vec![Part::Blob(blob.into())])
        .with(CACHE_CONTROL, "private, no-store");
    Ok(file::serve(whole, weights.sha256.as_str(), &request))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getWeights", "Get a character's weights")
        .says("For the provider that makes pictures with them; the same link for a day of UTC, good for 2 hours more.")
        .sends_file("Safetensors.", "application/octet-stream")
        .fails(&[Code::NotFound])
}
