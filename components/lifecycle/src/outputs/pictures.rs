//! What providers made, copied to us before anyone is told of it: they delete theirs within the hour. What is kept of a picture says that a
//! machine made it, and has a signed manifest of that where a certificate is configured.
//!
//! Where a watermark is configured, a picture goes through the function that puts it in before anything else is done with it: what is said here of a
//! picture is said of the one with its watermark.
//!
//! A manifest stands before what it hashes. So a picture that gets one is gone through twice, in the time that it has for one: what it is to say is
//! found out first, and the second time it is kept. Where the picture is not the same then, it is copied again as one that broke off is.

use std::time::Duration;

use bytes::Bytes;
use c2pa::{Content, Credential};
use data_url::DataUrl;
use domain::{Digest, File, MediaKind, Task};
use media::photo::Inspection;
use provider::Provider;
use store::{BlobKey, keys};
use url::Url;

use super::marked::Marked;
use super::preview::Preview;
use crate::Ports;
use crate::download::{
    DOWNLOAD_TIME_MAX, DownloadError, Inspect, Kept, announced, download, inspect, measure, open, preview, receive,
};
use crate::fetch::within;
use crate::links::Rewriting;
use crate::pieces::Pieces;
use crate::ports::SendError;
use crate::rewriting::{self, Failed};

/// Largest file of a run, in bytes: a video.
const FILE_BYTES_MAX: u64 = 200_000_000;
/// Longest time for one of them.
const FILE_TIME_MAX: Duration = Duration::from_mins(2);

/// Largest picture that is given a watermark, in bytes.
const WATERMARKED_BYTES_MAX: u64 = pixels::REWRITTEN_BYTES_MAX as u64;
/// How long is waited where another picture is being given its watermark.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether a file may be fetched from there.
pub type Allowed<'a> = &'a dyn Fn(&str) -> bool;

/// Copies the pictures at `urls`, in their order. Doing it twice writes the same bytes under the same keys; one that fails removes nothing,
/// for another may have succeeded. What is of no use goes with the expiry.
///
/// # Errors
/// Why it was not kept.
pub async fn copy<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    task: &Task,
    urls: &[String],
) -> Result<Vec<File>, DownloadError> {
    let mut pictures = Vec::new();
    let allowed = |url: &str| provider.output_allowed(url);
    for (n, url) in urls.iter().enumerate() {
        let key = keys::result(&task.account, &task.id, n);
        let source = Source::find(&allowed, url)?;
        let kept =
            keep(ports, &source, key, DOWNLOAD_TIME_MAX, Look::Picture(Inspection::new()), MediaKind::Image).await?;
        let Kept { metadata: (metadata, sha256), size_bytes, location } = kept;
        pictures.push(File::kept(metadata.media, size_bytes, Some(sha256), location));
    }
    Ok(pictures)
}

/// Copies one file of a run, whatever it is; tells also the digest of what is kept. What kind it is to be decides whether it may get a manifest.
///
/// # Errors
/// Why it was not kept.
pub async fn keep_media<P: Ports>(
    ports: &P,
    allowed: Allowed<'_>,
    key: BlobKey,
    url: &str,
    kind: MediaKind,
) -> Result<Kept<(media::Metadata, Digest)>, DownloadError> {
    let source = Source::find(allowed, url)?;
    keep(ports, &source, key, FILE_TIME_MAX, Look::Any(media::Inspection::new(FILE_BYTES_MAX)), kind).await
}

/// Looks at a file that was made.
#[derive(Debug, Clone)]
enum Look {
    /// It has to be a picture, and whole.
    Picture(Inspection),
    /// It may be anything that is known.
    Any(media::Inspection),
}

impl Inspect for Look {
    type Metadata = media::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        match self {
            Self::Picture(picture) => picture.check_size(size_bytes),
            Self::Any(file) => Inspect::check_size(file, size_bytes),
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        match self {
            Self::Picture(picture) => Inspect::push(picture, bytes),
            Self::Any(file) => Inspect::push(file, bytes),
        }
    }

    fn finish(self) -> Result<media::Metadata, DownloadError> {
        match self {
            Self::Picture(picture) => {
                let media::photo::Metadata { format, width, height, size_bytes } = Inspect::finish(picture)?;
                let pixels = Some((width, height));
                Ok(media::Metadata { media: format.into(), size_bytes, duration_ms: None, pixels })
            }
            Self::Any(file) => Inspect::finish(file),
        }
    }
}

async fn keep<P: Ports>(
    ports: &P,
    source: &Source<'_>,
    key: BlobKey,
    time_max: Duration,
    inspection: Look,
    kind: MediaKind,
) -> Result<Kept<(media::Metadata, Digest)>, DownloadError> {
    let give_up_at = ports.now().plus(time_max);
    let is_watermarked = kind == MediaKind::Image && ports.config().watermark.is_some();
    let origin = Origin { source, is_watermarked };
    let marked = match credential(ports)?.filter(|_| kind == MediaKind::Image) {
        Some(credential) => Box::pin(signed(ports, &origin, time_max, inspection, &credential)).await?,
        None => Marked::new(inspection),
    };
    Box::pin(origin.keep(ports, &key, give_up_at.since(ports.now()), marked)).await
}

/// What signs; nothing where none is configured.
fn credential<P: Ports>(ports: &P) -> Result<Option<Credential>, DownloadError> {
    let config = ports.config();
    // Whoever gave a certificate wants nothing to go out without: until it can be used, the picture waits.
    Credential::read(&config.c2pa_certificate, &config.c2pa_key)
        .map_err(|invalid| DownloadError::Transient(format!("cannot be signed: {}", invalid.0)))
}

/// An inspection that gives a picture its manifest.
async fn signed<P: Ports>(
    ports: &P,
    origin: &Origin<'_>,
    time_max: Duration,
    inspection: Look,
    credential: &Credential,
) -> Result<Marked<Look>, DownloadError> {
    let unsigned = Preview::new(inspection.clone(), credential.manifest(&Content::nothing()));
    let (size_bytes, content) = origin.preview(ports, time_max, unsigned).await?;
    Ok(match content {
        Some(content) => Marked::signed(inspection, credential.manifest(&content), size_bytes, content),
        // It is nothing that can have one.
        None => Marked::new(inspection),
    })
}

/// Where a file comes from.
enum Source<'a> {
    /// It came with the report itself.
    Report(Bytes),
    /// It is to be fetched.
    Elsewhere { url: Url, allowed: Allowed<'a> },
}

impl<'a> Source<'a> {
    fn find(allowed: Allowed<'a>, url: &str) -> Result<Self, DownloadError> {
        let permanent = |reason: &str| DownloadError::Permanent(reason.to_owned());
        match DataUrl::process(url) {
            Ok(data) if allowed(url) => {
                let (bytes, _) = data.decode_to_vec().map_err(|_| permanent("is not base64"))?;
                Ok(Self::Report(bytes.into()))
            }
            Ok(_) => Err(permanent("is not where the provider keeps them")),
            Err(_) => Ok(Self::Elsewhere { url: Url::parse(url).map_err(|_| permanent("is not a URL"))?, allowed }),
        }
    }
}

/// Where a file comes from, and by what way.
struct Origin<'a> {
    source: &'a Source<'a>,
    /// Whether it is given the watermark on its way.
    is_watermarked: bool,
}

impl Origin<'_> {
    /// Goes through it and keeps nothing: how many bytes there are, and what is known of them.
    async fn preview<P: Ports, I: Inspect + Clone>(
        &self,
        ports: &P,
        time_max: Duration,
        mut inspection: I,
    ) -> Result<(u32, I::Metadata), DownloadError> {
        match self.source {
            source if self.is_watermarked => {
                let seen = Box::pin(async { measure(source.watermarked(ports).await?, inspection.clone()).await });
                within(ports, time_max, seen).await.unwrap_or_else(|| Err(SendError::TimedOut.into()))
            }
            Source::Report(bytes) => {
                inspection.push(bytes)?;
                Ok((size_of(bytes), inspection.finish()?))
            }
            Source::Elsewhere { url, allowed } => {
                preview(ports, url, time_max, &|url: &Url| allowed(url.as_str()), inspection).await
            }
        }
    }

    async fn keep<P: Ports, I: Inspect + Clone>(
        &self,
        ports: &P,
        key: &BlobKey,
        time_max: Duration,
        inspection: I,
    ) -> Result<Kept<I::Metadata>, DownloadError> {
        match self.source {
            source if self.is_watermarked => {
                let kept = Box::pin(async {
                    let answer = source.watermarked(ports).await?;
                    let size = announced(&answer, &inspection)?.or_else(|| inspection.expected());
                    receive(ports, answer, key, size, inspection.clone()).await
                });
                within(ports, time_max, kept).await.unwrap_or_else(|| Err(SendError::TimedOut.into()))
            }
            Source::Report(bytes) => inspect(ports, key, Some(size_of(bytes)), inspection, bytes.clone().into()).await,
            Source::Elsewhere { url, allowed } => {
                download(ports, url, key, time_max, &|url: &Url| allowed(url.as_str()), inspection).await
            }
        }
    }
}

impl Source<'_> {
    /// The picture with its watermark, still to be read. Asks until there is room for it; the caller's time ends that.
    async fn watermarked<P: Ports>(&self, ports: &P) -> Result<http::Response<P::Body>, DownloadError> {
        let without = |reason: &str| format!("cannot be given its watermark: {reason}");
        loop {
            match self.through(ports).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Busy) => ports.sleep(PAUSE).await,
                Err(Failed::Source(error)) => return Err(error),
                Err(Failed::Refused(reason)) => return Err(DownloadError::Permanent(without(&reason))),
                Err(Failed::Unanswered(reason)) => {
                    return Err(DownloadError::Transient(without(&format!("the function for that {reason}"))));
                }
            }
        }
    }

    /// Sends it through the function that puts the watermark in.
    async fn through<P: Ports>(&self, ports: &P) -> Result<http::Response<P::Body>, Failed> {
        let (picture, size) = match self {
            Self::Report(bytes) => (bytes.clone().into(), size_of(bytes)),
            Self::Elsewhere { url, allowed } => {
                let inspection = media::Inspection::new(WATERMARKED_BYTES_MAX);
                let opened = open(ports, url, &|url: &Url| allowed(url.as_str()), &inspection).await;
                let (answer, size) = opened.map_err(Failed::Source)?;
                (Pieces::Coming(answer.into_body()), size)
            }
        };
        rewriting::send(ports, Rewriting::Watermark, size, picture).await
    }
}

fn size_of(bytes: &Bytes) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
