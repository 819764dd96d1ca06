//! A file fetched from somewhere and kept: recognised and measured on the way, never whole in memory.

use std::time::Duration;

use bytes::Bytes;
use domain::BlobLocation;
use domain::limits::PHOTO_URL_BYTES_MAX;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH, LOCATION, USER_AGENT};
use store::BlobKey;
use url::Url;

use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Ports, blobs};

/// Longest time for one picture, redirects included.
pub const DOWNLOAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Most redirects that are followed; each is checked like the first URL.
const REDIRECTS_MAX: u32 = 3;

/// Looks at a file as its bytes pass.
pub trait Inspect {
    /// What it finds out.
    type Metadata;

    /// Refuses a file by the size that it is announced with.
    fn check_size(&self, size_bytes: u64) -> Result<(), Failure>;

    /// Takes the next bytes.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure>;

    /// What is known once all have passed.
    fn finish(self) -> Result<Self::Metadata, Failure>;
}

impl Inspect for media::photo::Inspection {
    type Metadata = media::photo::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), Failure> {
        Ok(media::photo::check_size(size_bytes)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(Self::push(self, bytes)?)
    }

    fn finish(self) -> Result<media::photo::Metadata, Failure> {
        Ok(Self::finish(self)?)
    }
}

impl Inspect for media::Inspection {
    type Metadata = media::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), Failure> {
        Ok(Self::check_size(self, size_bytes)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(Self::push(self, bytes)?)
    }

    fn finish(self) -> Result<media::Metadata, Failure> {
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
pub enum Failure {
    /// The picture cannot be had or is none; trying again is of no use. Says why in words that follow a URL.
    Permanent(String),
    /// The other side did not answer properly; it may do so later.
    Transient(String),
    /// Our own store failed.
    Store(store::Error),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<media::photo::Problem> for Failure {
    fn from(problem: media::photo::Problem) -> Self {
        Self::Permanent(problem.to_string())
    }
}

impl From<media::Problem> for Failure {
    fn from(problem: media::Problem) -> Self {
        Self::Permanent(problem.to_string())
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        let reason = error.reason().to_owned();
        if error == SendError::Forbidden { Self::Permanent(reason) } else { Self::Transient(reason) }
    }
}

/// Fetches `url` into the blob `key`, within `time_max`. Every URL on the way has to be `allowed`; what comes is looked at by an inspection of
/// that kind. Where it fails, part of it may stay: only the caller knows whether somebody else has the same there by now.
pub async fn download<P: Ports, I: Inspect + Clone>(
    ports: &P,
    url: &Url,
    key: &BlobKey,
    time_max: Duration,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, Failure> {
    let outcome = within(ports, time_max, follow(ports, url.clone(), key, allowed, inspection)).await;
    outcome.unwrap_or_else(|| Err(SendError::TimedOut.into()))
}

async fn follow<P: Ports, I: Inspect + Clone>(
    ports: &P,
    mut url: Url,
    key: &BlobKey,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, Failure> {
    let mut redirects = 0;
    let mut measured = None;
    while redirects <= REDIRECTS_MAX {
        if !allowed(&url) {
            return Err(SendError::Forbidden.into());
        }
        let response = ports.send(get(&url)?).await?;
        match response.status() {
            StatusCode::OK => {
                let size = announced(&response, &inspection)?.or(measured);
                if size.is_none() && ports.config().s3.is_some() {
                    measured = Some(measure(response, inspection.clone()).await?);
                    continue;
                }
                return receive(ports, response, key, size, inspection).await;
            }
            status if status.is_redirection() => url = redirected(&url, &response)?,
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(Failure::Transient(format!("answered with status {}", status.as_u16())));
            }
            status => return Err(Failure::Permanent(format!("answered with status {}", status.as_u16()))),
        }
        redirects += 1;
    }
    Err(Failure::Permanent(format!("redirects more than {REDIRECTS_MAX} times")))
}

/// The size that an answer says it has.
fn announced<B>(response: &http::Response<B>, inspection: &impl Inspect) -> Result<Option<u32>, Failure> {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(length) = length else { return Ok(None) };
    inspection.check_size(length)?;
    Ok(u32::try_from(length).ok())
}

/// The size of an answer that does not say it. A bucket has to know it first, so the file is fetched twice: it is too large to be held in
/// memory next to others.
async fn measure<B: Body>(response: http::Response<B>, mut inspection: impl Inspect) -> Result<u32, Failure> {
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
) -> Result<Kept<I::Metadata>, Failure> {
    let mut body = response.into_body();
    inspect(ports, key, size, inspection, async || Ok(body.chunk().await?)).await
}

/// Keeps the pieces that come from `next`, inspected as they pass.
pub async fn inspect<P: Ports, I: Inspect>(
    ports: &P,
    key: &BlobKey,
    size: Option<u32>,
    mut inspection: I,
    mut pieces: impl AsyncFnMut() -> Result<Option<Bytes>, Failure>,
) -> Result<Kept<I::Metadata>, Failure> {
    let mut received = 0_usize;
    let next = async || {
        let chunk = pieces().await?;
        match &chunk {
            Some(chunk) => {
                inspection.push(chunk)?;
                received = received.saturating_add(chunk.len());
            }
            None if size.is_some_and(|size| usize::try_from(size) != Ok(received)) => {
                return Err(Failure::Permanent("has another size every time it is fetched".to_owned()));
            }
            None => {}
        }
        Ok(chunk)
    };
    let location = blobs::keep(ports, key, size, next).await?;
    Ok(Kept { metadata: inspection.finish()?, location })
}

fn redirected<B>(url: &Url, response: &http::Response<B>) -> Result<Url, Failure> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    location
        .and_then(|location| url.join(location).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= PHOTO_URL_BYTES_MAX)
        .ok_or_else(|| Failure::Permanent("redirects to something that is not an HTTP(S) URL".to_owned()))
}

fn get(url: &Url) -> Result<http::Request<Vec<u8>>, Failure> {
    let mut url = url.clone();
    url.set_fragment(None);
    http::Request::get(url.as_str())
        .header(ACCEPT, "image/jpeg, image/png, image/webp, audio/*, video/*, */*")
        .header(USER_AGENT, domain::USER_AGENT)
        .body(Vec::new())
        .map_err(|_| Failure::Permanent("is not a URL that can be requested".to_owned()))
}
