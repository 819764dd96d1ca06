//! `GET /datasets/{name}`: a character's photos as the zip its trainer pulls, streamed behind a signed, expiring link.

use domain::{Character, Photo};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use lifecycle::blobs::Blob;
use lifecycle::ports::Body;
use lifecycle::{Ports, links};
use media::zip::{self, Archive, Entry};
use store::keys;

use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{self, Part, Request, Response, Streamed};
use crate::{Code, Error, file};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/datasets/{name}", access: Access::Link, needs: &[Need::Store, Need::Bucket] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Vec<Part>> {
    Handler::new(ROUTE, |ports, request| Box::pin(dataset(ports, request)))
}

async fn dataset<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Streamed, Error> {
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    let not_found = || Error::new(Code::NotFound, "No such dataset, or its link has expired");
    let named = links::verified_dataset(ports.config(), &request.signed_link(), ports.now())?;
    let (account, id) = named.ok_or_else(not_found)?;
    let character = ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)?;
    if character.is_closed() {
        return Err(not_found());
    }
    let archive = Archive::new(character.photos.iter().enumerate().map(entry).collect()).map_err(Error::internal)?;
    let parts = archive.parts().into_iter().map(|part| to_wire(part, &character)).collect();
    let whole = Response::new(StatusCode::OK, "application/zip", parts)
        .with(CACHE_CONTROL, "private, no-store")
        .with(CONTENT_DISPOSITION, "attachment; filename=\"photos.zip\"");
    // Its photos never change, and so make the same bytes.
    Ok(file::serve(whole, id.as_str(), &request))
}

fn entry((n, photo): (usize, &Photo)) -> Entry {
    Entry { name: Entry::photo_name(n + 1, photo.format), size_bytes: photo.size_bytes, crc32: photo.crc32 }
}

fn to_wire(part: zip::Part, character: &Character) -> wire::Part {
    match part {
        zip::Part::Bytes(bytes) => wire::Part::Bytes(bytes),
        zip::Part::Entry(n) => {
            let photo = character.photos.get(n);
            let blob = Blob {
                key: keys::photo(&character.account, &character.id, n),
                location: photo.map(|photo| photo.location).unwrap_or_default(),
                size_bytes: photo.map_or(0, |photo| photo.size_bytes),
            };
            wire::Part::Blob(blob.into())
        }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getDataset", "Get a character's photos")
        .says("For the provider that trains it; good for 6 hours.")
        .sends_file("A zip of the photos.", "application/zip")
        .fails(&[Code::NotFound])
}
