//! `GET /photos/{name}`: one photo of a character, which a provider pulls behind a signed, expiring link to picture who is on it.

use domain::Character;
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
    Route { verb: Verb::Get, path: "/photos/{name}", access: Access::Link, needs: &[Need::Store, Need::Bucket] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(photo(ports, request)))
}

async fn photo<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    let not_found = || Error::new(Code::NotFound, "No such photo, or its link has expired");
    let named = links::verified_photo(ports.config(), &request.signed_link(), ports.now())?;
    let (account, id, n) = named.ok_or_else(not_found)?;
    let character: Character = ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)?;
    let photo = character.photos.get(n).filter(|_| !character.is_closed()).ok_or_else(not_found)?;
    let key = keys::photo(&account, &id, n);
    let blob = Blob { key, location: photo.location, size_bytes: photo.size_bytes };
    let whole = Response::new(StatusCode::OK, photo.format.media_type(), vec![Part::Blob(blob.into())])
        .with(CACHE_CONTROL, "private, no-store");
    Ok(file::serve(whole, &format!("{id}.{n}"), &request))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getPhoto", "Get a photo of a character")
        .says("For the provider that pictures who is on it; good for 2 hours.")
        .sends_file("The photo.", "image/*")
        .fails(&[Code::NotFound])
}
