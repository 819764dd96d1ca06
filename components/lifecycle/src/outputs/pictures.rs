//! What providers made, copied to us before anyone is told of it: they delete theirs within the hour. What is kept of a picture says that a
//! machine made it.

use std::time::Duration;

use bytes::Bytes;
use data_url::DataUrl;
use domain::{Digest, File, Task};
use media::photo::Inspection;
use provider::Provider;
use store::{BlobKey, keys};
use url::Url;

use super::marked::Marked;
use crate::Ports;
use crate::download::{DOWNLOAD_TIME_MAX, DownloadError, Inspect, Kept, download, inspect};

/// Largest file of a run, in bytes: a video.
const FILE_BYTES_MAX: u64 = 200_000_000;
/// Longest time for one of them.
const FILE_TIME_MAX: Duration = Duration::from_mins(2);

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
        let kept = keep(ports, &allowed, key, url, DOWNLOAD_TIME_MAX, Inspection::new()).await?;
        let Kept { metadata: (metadata, sha256), size_bytes, location } = kept;
        let (media, sha256) = (metadata.format.into(), Some(sha256));
        pictures.push(File { media, size_bytes, sha256, location, duration_ms: None, song: None });
    }
    Ok(pictures)
}

/// Copies one file of a run, whatever it is; tells also the digest of what is kept.
///
/// # Errors
/// Why it was not kept.
pub async fn keep_media<P: Ports>(
    ports: &P,
    allowed: Allowed<'_>,
    key: BlobKey,
    url: &str,
) -> Result<Kept<(media::Metadata, Digest)>, DownloadError> {
    keep(ports, allowed, key, url, FILE_TIME_MAX, media::Inspection::new(FILE_BYTES_MAX)).await
}

async fn keep<P: Ports, I: Inspect + Clone>(
    ports: &P,
    allowed: Allowed<'_>,
    key: BlobKey,
    url: &str,
    time_max: Duration,
    inspection: I,
) -> Result<Kept<(I::Metadata, Digest)>, DownloadError> {
    let inspection = Marked::new(inspection);
    let is_allowed = |url: &Url| allowed(url.as_str());
    match DataUrl::process(url) {
        Ok(data) if allowed(url) => unpack(ports, &data, &key, inspection).await,
        Ok(_) => Err(DownloadError::Permanent("is not where the provider keeps them".to_owned())),
        Err(_) => {
            let url = Url::parse(url).map_err(|_| DownloadError::Permanent("is not a URL".to_owned()))?;
            download(ports, &url, &key, time_max, &is_allowed, inspection).await
        }
    }
}

/// Keeps a file that came with the report itself.
async fn unpack<P: Ports, I: Inspect>(
    ports: &P,
    data: &DataUrl<'_>,
    key: &BlobKey,
    inspection: I,
) -> Result<Kept<I::Metadata>, DownloadError> {
    let (bytes, _) = data.decode_to_vec().map_err(|_| DownloadError::Permanent("is not base64".to_owned()))?;
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut piece = Some(Bytes::from(bytes));
    inspect(ports, key, Some(size), inspection, async || Ok(piece.take())).await
}

#[cfg(test)]
mod tests;
