//! Strangers' files that a price goes by: copied to us before they are measured, so that a provider fetches what was measured, and not what
//! its server likes to give the next one who asks.
//!
//! A copy is an upload of the account's like any other: it takes up room there, and is over after a day.

use std::time::Duration;

use bytes::Bytes;
use catalogue::{Measure, Measured};
use domain::{AccountId, BlobLocation};
use media::photo::Cleaning;
use media::probe::{Found, Want};
use serde_json::{Map, Value};
use store::{BlobKey, UploadQueue, keys};
use url::Url;

use crate::download::{DownloadError, Inspect, Kept, download_patiently};
use crate::measure::MeasureError;
use crate::uploads::{self, File, Input, Upload};
use crate::{Error, Ports, blobs, inputs, links, measure, shelf};

/// Largest file that is copied, in bytes: as large as a video that is uploaded may be.
const COPY_BYTES_MAX: u32 = 100_000_000;
/// Longest time for one.
const COPY_TIME_MAX: Duration = Duration::from_secs(20);
/// How long a copy that does not come takes up room.
const ROOM_TIME: Duration = Duration::from_mins(5);

/// Measures what a price goes by. What was a stranger's is ours then: `params` has its URL here.
///
/// # Errors
/// Those of [`measure::measure`], and [`crate::Invalid::NoRoom`].
pub async fn pin<P: Ports>(
    ports: &P,
    account: &AccountId,
    wanted: Measure<'_>,
    params: &mut Map<String, Value>,
) -> Result<Measured, Error> {
    let copies = std::cell::RefCell::new(Vec::new());
    let measured = measure::gather(wanted, params, async |param, url, want| {
        if catalogue::is_data_uri(url) || inputs::is_ours(ports, url) {
            return measure::look(ports, url, want).await;
        }
        let (url, found) = copy(ports, account, url, want).await?;
        copies.borrow_mut().push((param.to_owned(), url));
        Ok(found)
    });
    let measured = measured.await?;
    params.extend(copies.into_inner().into_iter().map(|(param, url)| (param, Value::from(url))));
    Ok(measured)
}

/// Copies a file; where it can be fetched, and what it is. Nothing stays of one that does not say what is wanted.
async fn copy<P: Ports>(
    ports: &P,
    account: &AccountId,
    url: &str,
    want: Want,
) -> Result<(String, Found), MeasureError> {
    let url = Url::parse(url).map_err(|_| "cannot be asked for".to_owned())?;
    let now = ports.now();
    let id = domain::fresh_id(ports.random());
    let input = Input {
        file: File { id: id.clone(), size_bytes: 0, location: BlobLocation::Store },
        account: account.clone(),
        media_type: "application/octet-stream".to_owned(),
        extension: "bin".to_owned(),
        size_max: COPY_BYTES_MAX,
        at: now,
        put: None,
    };
    let (n, _) = inputs::announce(ports, &input, now.plus(ROOM_TIME)).await?;
    let key = keys::file(&id);
    match fetch(ports, &url, &key, want).await {
        Ok((Kept { size_bytes, location, .. }, found)) => {
            let file = File { id, size_bytes, location };
            shelf::place(ports, account, &file.id, &file, uploads::ends(&input)).await?;
            let (media_type, extension) = (found.media.media_type().to_owned(), found.media.extension().to_owned());
            let name = format!("{n}.{}.{extension}", file.id);
            let input = Input { file, media_type, extension, ..input };
            ports
                .store()
                .write(&keys::upload(UploadQueue::Files, n), &Upload::Input(input))
                .await
                .map_err(Error::from)?;
            Ok((links::uploaded(ports.config(), &name), found))
        }
        Err(error) => {
            discard(ports, &key, n).await;
            shelf::release(ports, account, &id).await;
            Err(error)
        }
    }
}

async fn fetch<P: Ports>(
    ports: &P,
    url: &Url,
    key: &BlobKey,
    want: Want,
) -> Result<(Kept<media::Metadata>, Found), MeasureError> {
    let allow_loopback = ports.config().allow_loopback;
    let allowed = |url: &Url| address::is_allowed(url, allow_loopback);
    let copied = Copied { inspection: media::Inspection::new(COPY_BYTES_MAX.into()), held: Vec::new(), cleaning: None };
    let kept = download_patiently(ports, url, key, COPY_TIME_MAX, &allowed, copied).await;
    let kept = kept.map_err(|error| match error {
        DownloadError::Permanent(reason) | DownloadError::Transient(reason) => MeasureError::Unfit(reason),
        DownloadError::Store(error) => MeasureError::Failed(error.into()),
    })?;
    let media::Metadata { media, size_bytes, duration_ms, pixels } = kept.metadata;
    let is_told = match want {
        Want::Duration => duration_ms.is_some(),
        Want::Pixels => pixels.is_some(),
    };
    if !is_told {
        return Err(media::Error::UnreadableHeader.to_string().into());
    }
    Ok((kept, Found { media, duration_ms, pixels, size_bytes: Some(size_bytes.into()) }))
}

/// A file that is copied: measured as it passes, and kept without what a picture says beside itself.
#[derive(Clone)]
struct Copied {
    inspection: media::Inspection,
    /// Its first bytes, until it is known what it is.
    held: Vec<u8>,
    cleaning: Option<Cleaning>,
}

impl Inspect for Copied {
    type Metadata = media::Metadata;

    fn check_size(&self, size_bytes: u64) -> Result<(), DownloadError> {
        Inspect::check_size(&self.inspection, size_bytes)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        Inspect::push(&mut self.inspection, bytes)
    }

    fn keep(&mut self, bytes: Bytes) -> Bytes {
        if let Some(cleaning) = &mut self.cleaning {
            return cleaning.pass(&bytes).into();
        }
        self.held.extend_from_slice(&bytes);
        let Some(media) = self.inspection.media() else { return Bytes::new() };
        let held = std::mem::take(&mut self.held);
        self.cleaning = Cleaning::new(media);
        match &mut self.cleaning {
            Some(cleaning) => cleaning.pass(&held).into(),
            None => held.into(),
        }
    }

    fn rest(&mut self) -> Bytes {
        self.cleaning.as_mut().map_or_else(|| std::mem::take(&mut self.held), Cleaning::rest).into()
    }

    fn finish(self) -> Result<media::Metadata, DownloadError> {
        Inspect::finish(self.inspection)
    }
}

/// Removes what is there of a copy; what fails here is left to the sweep.
async fn discard<P: Ports>(ports: &P, key: &BlobKey, n: u64) {
    let removed = async {
        blobs::remove(ports, key).await?;
        ports.store().remove(&keys::upload::<Upload>(UploadQueue::Files, n)).await
    };
    if let Err(error) = removed.await {
        ports.log(&format!("a copy that came to nothing is removed later: {error}"));
    }
}
