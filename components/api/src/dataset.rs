//! `GET /datasets/:id`: a character's photos as the zip its trainer pulls, streamed behind a signed, expiring link.

use domain::{Character, Photo};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use media::zip::{self, Archive, Entry};
use store::keys;

use crate::blobs::Blob;
use crate::wire::{self, Request, Response, Streamed};
use crate::{Code, Error, Ports, links};

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Streamed {
    serve(ports, &request).await.unwrap_or_else(Streamed::from)
}

async fn serve<P: Ports>(ports: &P, request: &Request) -> Result<Streamed, Error> {
    request.allow("GET, HEAD")?;
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    let not_found = || Error::new(Code::NotFound, "No such dataset, or its link has expired");
    let (account, id) = links::verified_dataset(ports.config(), request, ports.now())?.ok_or_else(not_found)?;
    let character = ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)?;
    if character.is_deleted() {
        return Err(not_found());
    }
    let archive = Archive::new(character.photos.iter().enumerate().map(entry).collect()).map_err(Error::internal)?;
    let parts = archive.parts().into_iter().map(|part| to_wire(part, &character)).collect();
    Ok(Response::new(StatusCode::OK, "application/zip", parts)
        .with(CACHE_CONTROL, "private, no-store")
        .with(CONTENT_DISPOSITION, "attachment; filename=\"photos.zip\""))
}

fn entry((n, photo): (usize, &Photo)) -> Entry {
    Entry { name: Entry::photo_name(n + 1, photo.format), size_bytes: photo.size_bytes, crc32: photo.crc32 }
}

fn to_wire(part: zip::Part, character: &Character) -> wire::Part {
    match part {
        zip::Part::Bytes(bytes) => wire::Part::Bytes(bytes),
        zip::Part::Entry(n) => {
            let photo = character.photos.get(n);
            wire::Part::Blob(Blob {
                key: keys::photo(&character.account, &character.id, n),
                location: photo.map(|photo| photo.location).unwrap_or_default(),
                size_bytes: photo.map_or(0, |photo| photo.size_bytes),
            })
        }
    }
}
