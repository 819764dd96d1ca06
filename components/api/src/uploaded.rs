//! `/uploads/:name`: a caller's file, put there behind a signed, expiring link and fetched by whoever knows its name.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use data_url::DataUrl;
use domain::{AccountId, BlobLocation, Media, MediaKind};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};
use store::keys;

use crate::blobs::{Blob, Reader};
use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::uploads::{self, File, Input, Upload};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error, Ports, blobs, links};

/// Longest time for one upload.
const TIME_MAX: Duration = Duration::from_mins(5);

/// Handles a request, whose body is still to be read.
pub async fn handle<P: Ports, B: Body>(ports: &P, request: Request, body: B) -> Streamed {
    dispatch(ports, &request, body).await.unwrap_or_else(Streamed::from)
}

async fn dispatch<P: Ports, B: Body>(ports: &P, request: &Request, body: B) -> Result<Streamed, Error> {
    request.allow("GET, HEAD, PUT")?;
    if request.method == Method::PUT { receive(ports, request, body).await } else { serve(ports, request).await }
}

fn not_found() -> Error {
    Error::new(Code::NotFound, "No such upload, or it is over")
}

async fn receive<P: Ports, B: Body>(ports: &P, request: &Request, mut body: B) -> Result<Streamed, Error> {
    let name = request.segment(1);
    // One answer for a wrong, an expired and an unknown link: it tells a guesser nothing.
    if !links::is_upload(ports.config(), request, name, ports.now())? {
        return Err(not_found());
    }
    let (n, input) = find(ports, name).await?.ok_or_else(not_found)?;
    if request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) != Some(input.media_type.as_str()) {
        let message = format!("Send it as it was announced, with `Content-Type: {}`", input.media_type);
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let length = request.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > input.size_max.into()) {
        return Err(too_large(&input));
    }
    let key = keys::file(&input.file.id);
    if input.file.size_bytes > 0 {
        // What was put there before gives way: its chunks could be more than there are now.
        blobs::remove(ports, &key).await?;
    }
    let (mut received, mut first) = (0_u32, Vec::new());
    let next = async || {
        let piece = body.chunk().await.map_err(broken_off)?;
        let bytes: &[u8] = piece.as_deref().unwrap_or_default();
        first.extend(bytes.iter().take(media::MAGIC_BYTES.saturating_sub(first.len())));
        received = u32::try_from(bytes.len()).ok().and_then(|bytes| received.checked_add(bytes)).unwrap_or(u32::MAX);
        if received > input.size_max { Err(too_large(&input)) } else { Ok(piece) }
    };
    let length = length.and_then(|length| u32::try_from(length).ok());
    let kept = within(ports, TIME_MAX, blobs::keep(ports, &key, length, next)).await;
    let kept = kept.unwrap_or_else(|| Err(broken_off(SendError::TimedOut)));
    let location = match kept.and_then(|location| check(&input, &first, received).map(|()| location)) {
        Ok(location) => location,
        Err(error) => {
            blobs::remove(ports, &key).await?;
            return Err(error);
        }
    };
    let file = File { size_bytes: received, location, ..input.file.clone() };
    ports.store().write(&keys::upload(n), &Upload::Input(Input { file, ..input })).await?;
    Ok(Response::new(StatusCode::OK, "text/plain", Vec::new()))
}

/// What a type's own first bytes say counts more than what it was announced as; types that are not known here are taken on trust.
fn check(input: &Input, first: &[u8], received: u32) -> Result<(), Error> {
    let invalid = |message: String| Err(Error::new(Code::InvalidRequest, message));
    if received == 0 {
        return invalid("The file is empty".to_owned());
    }
    let known = media::recognize(first).map(Media::media_type);
    let is_other = match known {
        Some(known) => known != input.media_type,
        None => matches!(input.media_type.as_str(), "image/jpeg" | "image/png" | "image/webp"),
    };
    // MPEG-4 and QuickTime are told apart by a brand that cameras set as they like.
    let is_cousin = matches!(known, Some("video/mp4" | "video/quicktime" | "audio/mp4"))
        && (input.media_type.starts_with("video/") || input.media_type.starts_with("image/"));
    if is_other && !is_cousin {
        let found = known.unwrap_or("something else");
        return invalid(format!("The file is {found}, and was announced as {}", input.media_type));
    }
    Ok(())
}

async fn serve<P: Ports>(ports: &P, request: &Request) -> Result<Streamed, Error> {
    let (_, input) = find(ports, request.segment(1)).await?.ok_or_else(not_found)?;
    let left = uploads::time_left(&input, ports.now());
    let blob = blob(&input).filter(|_| !left.is_zero()).ok_or_else(not_found)?;
    let mut answer = Response::new(StatusCode::OK, "application/octet-stream", vec![Part::Blob(blob)])
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(CACHE_CONTROL, &format!("private, max-age={}", left.as_secs()));
    if let Ok(media_type) = HeaderValue::from_str(&input.media_type) {
        answer.headers.insert(CONTENT_TYPE, media_type);
    }
    Ok(answer)
}

/// The upload of this name, which only whoever was given it knows.
async fn find<P: Ports>(ports: &P, name: &str) -> Result<Option<(u64, Input)>, Error> {
    let mut parts = name.split('.');
    let (Some(n), Some(id), Some(extension), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Ok(n) = n.parse::<u64>() else { return Ok(None) };
    match ports.store().read(&keys::upload(n)).await? {
        Some(Upload::Input(input)) if input.file.id == id && input.extension == extension => Ok(Some((n, input))),
        _ => Ok(None),
    }
}

/// Where an upload's bytes are; nothing until all of them are there.
fn blob(input: &Input) -> Option<Blob> {
    let File { id, size_bytes, location } = &input.file;
    (*size_bytes > 0).then(|| Blob { key: keys::file(id), location: *location, size_bytes: *size_bytes })
}

/// The bytes behind a URL that leads to one of our uploads, without asking ourselves over HTTP; nothing where it leads elsewhere.
///
/// # Errors
/// [`Code::NotFound`] where it leads to an upload that is not there, and what the store answers.
pub(crate) async fn open<P: Ports>(ports: &P, url: &str) -> Result<Option<Reader<P::Body>>, Error> {
    let Some(name) = links::uploaded_name(ports.config(), url) else { return Ok(None) };
    let (_, input) = find(ports, name).await?.ok_or_else(not_found)?;
    let blob = blob(&input).filter(|_| !uploads::time_left(&input, ports.now()).is_zero());
    Ok(Some(Reader::new(blob.ok_or_else(not_found)?)))
}

/// Whether a URL leads to one of our uploads.
pub(crate) fn is_ours<P: Ports>(ports: &P, url: &str) -> bool {
    links::uploaded_name(ports.config(), url).is_some()
}

/// All bytes of an upload, for a look at its header.
///
/// # Errors
/// As [`open`].
pub(crate) async fn read<P: Ports>(ports: &P, url: &str) -> Result<Bytes, Error> {
    let mut reader = open(ports, url).await?.ok_or_else(not_found)?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = reader.next(ports).await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// Keeps a picture that came in a field of a request as an upload, and says where it can be fetched.
///
/// # Errors
/// [`Code::InvalidRequest`] where it is no picture, and what the store answers.
pub(crate) async fn keep_data<P: Ports>(
    ports: &P,
    account: &AccountId,
    field: &str,
    url: &str,
) -> Result<String, Error> {
    let invalid = |reason: &str| Error::new(Code::InvalidRequest, format!("`{field}`: the data: URI {reason}"));
    let data = DataUrl::process(url).map_err(|_| invalid("cannot be read"))?;
    let (bytes, _) = data.decode_to_vec().map_err(|_| invalid("is not base64"))?;
    let media = media::recognize(&bytes).filter(|media| media.kind() == MediaKind::Image);
    let media = media.ok_or_else(|| invalid("has to have a JPEG, PNG or WebP picture in it"))?;
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let id = hex::encode(ports.random::<16>());
    let input = Input {
        file: File { id: id.clone(), size_bytes: 0, location: BlobLocation::Store },
        account: account.clone(),
        media_type: media.media_type().to_owned(),
        extension: media.extension().to_owned(),
        size_max: size,
        at: ports.now(),
    };
    let n = uploads::begin(ports, &Upload::Input(input.clone())).await?;
    let mut piece = Some(Bytes::from(bytes));
    let location = blobs::keep(ports, &keys::file(&id), Some(size), async || Ok::<_, Error>(piece.take())).await?;
    let file = File { size_bytes: size, location, ..input.file.clone() };
    ports.store().write(&keys::upload(n), &Upload::Input(Input { file, ..input })).await?;
    Ok(links::uploaded(ports.config(), &format!("{n}.{id}.{}", media.extension())))
}

fn too_large(input: &Input) -> Error {
    Error::new(Code::PayloadTooLarge, format!("The file is larger than it may be: {} bytes", input.size_max))
}

fn broken_off(error: SendError) -> Error {
    Error::new(Code::InvalidRequest, "The upload broke off; send it again").because(error.reason())
}
