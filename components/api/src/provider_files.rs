//! `/provider-files/:key/...`: what Cog containers upload, and where it is fetched from again.
//!
//! A container is given one address for all it makes, with a code in it that only we can have made: it can send no header. It names its
//! files as it likes, the same ones every time, so each gets an address of its own here, which the answer tells. They are gone a day later.

use std::time::Duration;

use domain::BlobLocation;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{Method, StatusCode};
use store::keys;

use crate::blobs::Blob;
use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::uploads::{self, File, Upload};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, Ports, blobs, links};

/// Largest file, in bytes: the tar of a training.
const FILE_BYTES_MAX: u32 = 2_000_000_000;
/// Longest time for one; Cog itself gives up after 25 s.
const TIME_MAX: Duration = Duration::from_mins(2);

/// Handles a request, whose body is still to be read.
pub async fn handle<P: Ports, B: Body>(ports: &P, request: Request, body: B) -> Streamed {
    dispatch(ports, &request, body).await.unwrap_or_else(Streamed::from)
}

async fn dispatch<P: Ports, B: Body>(ports: &P, request: &Request, body: B) -> Result<Streamed, Error> {
    request.allow("GET, HEAD, PUT")?;
    if !links::is_upload_key(ports.config(), request.segment(1))? {
        return Err(not_found());
    }
    if request.method == Method::PUT { receive(ports, request, body).await } else { serve(ports, request).await }
}

fn not_found() -> Error {
    Error::new(Code::NotFound, "No such file")
}

async fn receive<P: Ports, B: Body>(ports: &P, request: &Request, mut body: B) -> Result<Streamed, Error> {
    let length = request.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > FILE_BYTES_MAX.into()) {
        return Err(too_large());
    }
    let id = hex::encode(ports.random::<16>());
    let file = File { id, size_bytes: 0, location: BlobLocation::Store };
    let n = uploads::begin(ports, &Upload::File { file: file.clone(), at: ports.now() }).await?;
    let mut received = 0_u32;
    let next = async || {
        let piece = body.chunk().await.map_err(broken_off)?;
        let bytes = piece.as_ref().map_or(0, bytes::Bytes::len);
        received = u32::try_from(bytes).ok().and_then(|bytes| received.checked_add(bytes)).unwrap_or(u32::MAX);
        if received > FILE_BYTES_MAX { Err(too_large()) } else { Ok(piece) }
    };
    let length = length.and_then(|length| u32::try_from(length).ok());
    let kept = within(ports, TIME_MAX, blobs::keep(ports, &keys::file(&file.id), length, next)).await;
    let location = kept.unwrap_or_else(|| Err(broken_off(SendError::TimedOut)))?;
    let whole = Upload::File { file: File { size_bytes: received, location, ..file.clone() }, at: ports.now() };
    ports.store().write(&keys::upload(n), &whole).await?;
    let name = request.segments_from(2).join("/");
    let location = format!("{}{n}/{}/{name}", links::provider_files(ports.config())?, file.id);
    Ok(Response::new(StatusCode::CREATED, "text/plain", Vec::new()).with(LOCATION, &location))
}

async fn serve<P: Ports>(ports: &P, request: &Request) -> Result<Streamed, Error> {
    let n: u64 = request.segment(2).parse().map_err(|_| not_found())?;
    let file = match ports.store().read(&keys::upload(n)).await? {
        Some(Upload::File { file, .. }) if file.id == request.segment(3) && file.size_bytes > 0 => file,
        _ => return Err(not_found()),
    };
    let blob = Blob { key: keys::file(&file.id), location: file.location, size_bytes: file.size_bytes };
    Ok(Response::new(StatusCode::OK, "application/octet-stream", vec![Part::Blob(blob)])
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(CACHE_CONTROL, "private, no-store"))
}

fn too_large() -> Error {
    Error::new(Code::PayloadTooLarge, "The file is larger than 2 GB")
}

fn broken_off(error: SendError) -> Error {
    Error::new(Code::InvalidRequest, "The upload broke off; send it again").because(error.reason())
}
