//! A file fetched from somewhere and kept: recognised and measured on the way, never whole in memory.

use std::time::Duration;

use bytes::Bytes;
use domain::BlobLocation;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH};
use store::BlobKey;
use url::Url;

use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Ports, blobs, redirects};

/// Longest time for one picture, redirects included.
pub const DOWNLOAD_TIME_MAX: Duration = Duration::from_secs(30);

/// Looks at a file as its bytes pass.
pub trait Inspect {
    /// What it finds out.
    type Metadata;

    /// Refuses a file by the size that it is announced with.
    ///
    /// # Errors
    /// Why it was not kept.
    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError>;

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Why it was not kept.
    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError>;

    /// What is known once all have passed.
    ///
    /// # Errors
    /// Why it was not kept.
    fn finish(self) -> Result<Self::Metadata, DownloadError>;
}

impl Inspect for media::photo::Inspection {
    type Metadata = media::photo::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        Ok(media::photo::check_size(size_bytes)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        Ok(Self::push(self, bytes)?)
    }

    fn finish(self) -> Result<media::photo::Metadata, DownloadError> {
        Ok(Self::finish(self)?)
    }
}

impl Inspect for media::Inspection {
    type Metadata = media::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        Ok(Self::check_size(self, size_bytes)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        Ok(Self::push(self, bytes)?)
    }

    fn finish(self) -> Result<media::Metadata, DownloadError> {
        Ok(Self::finish(self)?)
    }
}

/// A file that was fetched.
#[derive(Debug, Clone, Copy)]
pub struct Kept<M = media::photo::Metadata> {
    /// What is known of it.
    pub metadata: M,
    /// Where its bytes are.
    pub location: BlobLocation,
}

/// Why a picture was not fetched.
#[derive(Debug)]
pub enum DownloadError {
    /// The picture cannot be had or is none; trying again is of no use. Says why in words that follow a URL.
    Permanent(String),
    /// The other side did not answer properly; it may do so later.
    Transient(String),
    /// Our own store failed.
    Store(store::Error),
}

impl From<store::Error> for DownloadError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<media::photo::Error> for DownloadError {
    fn from(error: media::photo::Error) -> Self {
        Self::Permanent(error.to_string())
    }
}

impl From<media::Error> for DownloadError {
    fn from(error: media::Error) -> Self {
        Self::Permanent(error.to_string())
    }
}

impl From<SendError> for DownloadError {
    fn from(error: SendError) -> Self {
        let reason = error.reason().to_owned();
        if error == SendError::Forbidden { Self::Permanent(reason) } else { Self::Transient(reason) }
    }
}

impl From<redirects::Error> for DownloadError {
    fn from(error: redirects::Error) -> Self {
        match error {
            redirects::Error::Send(error) => error.into(),
            error => Self::Permanent(error.to_string()),
        }
    }
}

/// Fetches `url` into the blob `key`, within `time_max`. Every URL on the way has to be `allowed`; what comes is looked at by an inspection of
/// that kind. Where it fails, part of it may stay: only the caller knows whether somebody else has the same there by now.
///
/// # Errors
/// Why it was not kept.
pub async fn download<P: Ports, I: Inspect + Clone>(
    ports: &P,
    url: &Url,
    key: &BlobKey,
    time_max: Duration,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let outcome = within(ports, time_max, follow(ports, url.clone(), key, allowed, inspection)).await;
    outcome.unwrap_or_else(|| Err(SendError::TimedOut.into()))
}

async fn follow<P: Ports, I: Inspect + Clone>(
    ports: &P,
    mut url: Url,
    key: &BlobKey,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let mut answer = ask(ports, &mut url, allowed).await?;
    let mut size = announced(&answer, &inspection)?;
    if size.is_none() && ports.config().s3.is_some() {
        let measured = measure(answer, inspection.clone()).await?;
        answer = ask(ports, &mut url, allowed).await?;
        size = announced(&answer, &inspection)?.or(Some(measured));
    }
    receive(ports, answer, key, size, inspection).await
}

/// Asks for a file; `url` is where it was found then.
async fn ask<P: Ports>(
    ports: &P,
    url: &mut Url,
    allowed: &dyn Fn(&Url) -> bool,
) -> Result<http::Response<P::Body>, DownloadError> {
    let headers = [(ACCEPT, "image/jpeg, image/png, image/webp, audio/*, video/*, */*")];
    let answer = redirects::follow(ports, url, &headers, allowed).await?;
    let status = answer.status();
    let reason = || format!("answered with status {}", status.as_u16());
    match status {
        StatusCode::OK => Ok(answer),
        StatusCode::TOO_MANY_REQUESTS => Err(DownloadError::Transient(reason())),
        status if status.is_server_error() => Err(DownloadError::Transient(reason())),
        _ => Err(DownloadError::Permanent(reason())),
    }
}

/// The size that an answer says it has.
fn announced<B>(response: &http::Response<B>, inspection: &impl Inspect) -> Result<Option<u32>, DownloadError> {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(length) = length else { return Ok(None) };
    inspection.check_size(length)?;
    Ok(u32::try_from(length).ok())
}

/// The size of an answer that does not say it. A bucket has to know it first, so the file is fetched twice: it is too large to be held in
/// memory next to others.
async fn measure<B: Body>(response: http::Response<B>, mut inspection: impl Inspect) -> Result<u32, DownloadError> {
    let (mut body, mut size) = (response.into_body(), 0_u32);
    while let Some(chunk) = body.chunk().await? {
        inspection.push(&chunk)?;
        size = u32::try_from(chunk.len()).ok().and_then(|bytes| size.checked_add(bytes)).unwrap_or(u32::MAX);
    }
    inspection.finish().map(|_| size)
}

async fn receive<P: Ports, I: Inspect>(
    ports: &P,
    response: http::Response<P::Body>,
    key: &BlobKey,
    size: Option<u32>,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let mut body = response.into_body();
    inspect(ports, key, size, inspection, async || Ok(body.chunk().await?)).await
}

/// Keeps the pieces that come from `next`, inspected as they pass.
///
/// # Errors
/// Why it was not kept.
pub async fn inspect<P: Ports, I: Inspect>(
    ports: &P,
    key: &BlobKey,
    size: Option<u32>,
    mut inspection: I,
    mut pieces: impl AsyncFnMut() -> Result<Option<Bytes>, DownloadError>,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let mut received = 0_usize;
    let next = async || {
        let chunk = pieces().await?;
        match &chunk {
            Some(chunk) => {
                inspection.push(chunk)?;
                received = received.saturating_add(chunk.len());
            }
            None if size.is_some_and(|size| usize::try_from(size) != Ok(received)) => {
                return Err(DownloadError::Permanent("has another size every time it is fetched".to_owned()));
            }
            None => {}
        }
        Ok(chunk)
    };
    let location = blobs::keep(ports, key, size, next).await?;
    Ok(Kept { metadata: inspection.finish()?, location })
}
