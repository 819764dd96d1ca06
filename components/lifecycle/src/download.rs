//! A file fetched from somewhere and kept: recognised and measured on the way, never whole in memory.

mod error;

use std::time::Duration;

use bytes::Bytes;
use domain::BlobLocation;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH};
use store::BlobKey;
use url::Url;

use crate::fetch::within;
use crate::patience::Again;
use crate::pieces::Pieces;
use crate::ports::{Body, SendError};
use crate::{Ports, blobs, redirects};

pub use error::DownloadError;

/// Longest time for one picture, redirects and further attempts included.
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

    /// What there is to be kept by now, of bytes that were taken just now and of earlier ones. In the end it is as much as came, and what
    /// [`Self::added`] says.
    fn keep(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    /// What there is to be kept behind the last bytes.
    fn rest(&mut self) -> Bytes {
        Bytes::new()
    }

    /// How many bytes come, where that is known from before.
    fn expected(&self) -> Option<u32> {
        None
    }

    /// How many bytes more are kept than come; nothing until that is known, which is before anything is kept.
    fn added(&self) -> Option<u64> {
        Some(0)
    }

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

impl Inspect for media::photo::Intake {
    type Metadata = media::photo::Taken;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        Ok(media::photo::check_size(size_bytes)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        Ok(Self::push(self, bytes)?)
    }

    fn keep(&mut self, bytes: Bytes) -> Bytes {
        Self::keep(self, &bytes).into()
    }

    fn rest(&mut self) -> Bytes {
        Self::rest(self).into()
    }

    fn finish(self) -> Result<media::photo::Taken, DownloadError> {
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
    /// What is known of it as it came.
    pub metadata: M,
    /// How many bytes are kept: as many as came, but where it was marked.
    pub size_bytes: u32,
    /// Where its bytes are.
    pub location: BlobLocation,
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
    url: Url,
    key: &BlobKey,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    attempt(ports, url, key, allowed, inspection).await.map_err(|failed| failed.error)
}

/// Does as [`download`] does, and asks again, a few times within `time_max`, where the server is busy or the connection broke.
///
/// # Errors
/// Why it was not kept, the last time.
pub async fn download_patiently<P: Ports, I: Inspect + Clone>(
    ports: &P,
    url: &Url,
    key: &BlobKey,
    time_max: Duration,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let give_up_at = ports.now().plus(time_max);
    let patient = async {
        let mut tries = 1;
        loop {
            let failed = match attempt(ports, url.clone(), key, allowed, inspection.clone()).await {
                Ok(kept) => return Ok(kept),
                Err(failed) => failed,
            };
            let left = give_up_at.since(ports.now());
            match failed.again.and_then(|again| again.pause(tries)).filter(|pause| *pause < left) {
                Some(pause) => ports.sleep(pause).await,
                None => return Err(failed.error),
            }
            tries = tries.saturating_add(1);
        }
    };
    within(ports, time_max, patient).await.unwrap_or_else(|| Err(SendError::TimedOut.into()))
}

/// Goes through a file as [`download`] does, and keeps nothing of it: how many bytes it has, and what is known of it.
///
/// # Errors
/// Why it could not be kept.
pub async fn preview<P: Ports, I: Inspect>(
    ports: &P,
    url: &Url,
    time_max: Duration,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<(u32, I::Metadata), DownloadError> {
    let seen = async {
        let answer = ask(ports, &mut url.clone(), allowed).await.map_err(|failed| failed.error)?;
        announced(&answer, &inspection)?;
        measure(answer, inspection).await
    };
    within(ports, time_max, seen).await.unwrap_or_else(|| Err(SendError::TimedOut.into()))
}

async fn attempt<P: Ports, I: Inspect + Clone>(
    ports: &P,
    mut url: Url,
    key: &BlobKey,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: I,
) -> Result<Kept<I::Metadata>, Failed> {
    let is_measured = ports.config().s3.is_some();
    let (answer, size) = sized(ports, &mut url, allowed, is_measured, &inspection).await?;
    receive(ports, answer, key, size, inspection).await.map_err(Failed::on_the_way)
}

/// Asks for a file, and says how large it is: where it does not say so and that has to be known, it is fetched to be measured, and asked for again.
async fn sized<P: Ports, I: Inspect + Clone>(
    ports: &P,
    url: &mut Url,
    allowed: &dyn Fn(&Url) -> bool,
    is_measured: bool,
    inspection: &I,
) -> Result<(http::Response<P::Body>, Option<u32>), Failed> {
    let mut answer = ask(ports, url, allowed).await?;
    let mut size = announced(&answer, inspection)?.or_else(|| inspection.expected());
    if size.is_none() && is_measured {
        let (measured, _) = measure(answer, inspection.clone()).await.map_err(Failed::on_the_way)?;
        answer = ask(ports, url, allowed).await?;
        size = announced(&answer, inspection)?.or(Some(measured));
    }
    Ok((answer, size))
}

/// A file that is still to be read, and how large it is.
///
/// # Errors
/// Why it cannot be had.
pub(crate) async fn open<P: Ports, I: Inspect + Clone>(
    ports: &P,
    url: &Url,
    allowed: &dyn Fn(&Url) -> bool,
    inspection: &I,
) -> Result<(http::Response<P::Body>, u32), DownloadError> {
    let opened = sized(ports, &mut url.clone(), allowed, true, inspection).await.map_err(|failed| failed.error)?;
    let (answer, size) = opened;
    Ok((answer, size.unwrap_or_default()))
}

/// Asks for a file; `url` is where it was found then.
async fn ask<P: Ports>(
    ports: &P,
    url: &mut Url,
    allowed: &dyn Fn(&Url) -> bool,
) -> Result<http::Response<P::Body>, Failed> {
    let headers = [(ACCEPT, "image/jpeg, image/png, image/webp, audio/*, video/*, */*")];
    let answer = match redirects::follow(ports, url, &headers, allowed).await {
        Ok(answer) => answer,
        Err(redirects::Error::Send(error @ (SendError::Broken | SendError::NotConnected))) => {
            return Err(Failed { error: error.into(), again: Some(Again::UNTOLD) });
        }
        Err(error) => return Err(DownloadError::from(error).into()),
    };
    let status = answer.status();
    let reason = || format!("answered with status {}", status.as_u16());
    match status {
        StatusCode::OK => Ok(answer),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Failed { error: DownloadError::Transient(reason()), again: Again::of(&answer) })
        }
        _ => Err(DownloadError::Permanent(reason()).into()),
    }
}

/// Why an attempt failed, and whether another one may do better.
struct Failed {
    error: DownloadError,
    again: Option<Again>,
}

impl Failed {
    /// While the file came: what broke off may come whole the next time.
    fn on_the_way(error: DownloadError) -> Self {
        let again = matches!(error, DownloadError::Transient(_)).then_some(Again::UNTOLD);
        Self { error, again }
    }
}

impl From<DownloadError> for Failed {
    fn from(error: DownloadError) -> Self {
        Self { error, again: None }
    }
}

/// The size that an answer says it has.
pub(crate) fn announced<B>(
    response: &http::Response<B>,
    inspection: &impl Inspect,
) -> Result<Option<u32>, DownloadError> {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(length) = length else { return Ok(None) };
    inspection.check_size(length)?;
    Ok(u32::try_from(length).ok())
}

/// The size of an answer that does not say it, and what is known of it. A bucket has to know the size first, so the file is fetched twice: it is
/// too large to be held in memory next to others.
pub(crate) async fn measure<B: Body, I: Inspect>(
    response: http::Response<B>,
    mut inspection: I,
) -> Result<(u32, I::Metadata), DownloadError> {
    let (mut body, mut size) = (response.into_body(), 0_u32);
    while let Some(chunk) = body.chunk().await? {
        inspection.push(&chunk)?;
        size = u32::try_from(chunk.len()).ok().and_then(|bytes| size.checked_add(bytes)).unwrap_or(u32::MAX);
    }
    inspection.finish().map(|known| (size, known))
}

/// Keeps what an answer has in it, inspected as it passes.
///
/// # Errors
/// Why it was not kept.
pub(crate) async fn receive<P: Ports, I: Inspect>(
    ports: &P,
    response: http::Response<P::Body>,
    key: &BlobKey,
    size: Option<u32>,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    inspect(ports, key, size, inspection, Pieces::Coming(response.into_body())).await
}

/// Keeps a file, inspected as it passes: as it is, or what the inspection makes of it.
///
/// # Errors
/// Why it was not kept.
pub async fn inspect<P: Ports, I: Inspect>(
    ports: &P,
    key: &BlobKey,
    size: Option<u32>,
    inspection: I,
    pieces: Pieces<P::Body>,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let mut passing = Passing { inspection, pieces, size, received: 0, size_bytes: 0, is_over: false };
    // Once there is something to be kept it is known how much there will be, which a bucket has to know before.
    let mut first = passing.next(ports).await?;
    let added = u32::try_from(passing.inspection.added().unwrap_or_default()).unwrap_or(u32::MAX);
    let size = size.map(|size| size.saturating_add(added));
    let next = async || if first.is_some() { Ok(first.take()) } else { passing.next(ports).await };
    let location = blobs::keep(ports, key, size, next).await?;
    Ok(Kept { size_bytes: passing.size_bytes, metadata: passing.inspection.finish()?, location })
}

/// A file on its way to where it is kept.
struct Passing<I, B> {
    inspection: I,
    pieces: Pieces<B>,
    /// The size that it was announced with.
    size: Option<u32>,
    received: usize,
    /// The size that it is kept with.
    size_bytes: u32,
    is_over: bool,
}

impl<I: Inspect, B: Body> Passing<I, B> {
    /// The next piece that is to be kept; nothing behind the last.
    async fn next<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Option<Bytes>, DownloadError> {
        while !self.is_over {
            let kept = if let Some(chunk) = self.pieces.next(ports).await? {
                self.inspection.push(&chunk)?;
                self.received = self.received.saturating_add(chunk.len());
                self.inspection.keep(chunk)
            } else if self.size.is_some_and(|size| usize::try_from(size) != Ok(self.received)) {
                return Err(DownloadError::Permanent("has another size every time it is fetched".to_owned()));
            } else {
                self.is_over = true;
                self.inspection.rest()
            };
            if !kept.is_empty() {
                self.size_bytes = self.size_bytes.saturating_add(u32::try_from(kept.len()).unwrap_or(u32::MAX));
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }
}
