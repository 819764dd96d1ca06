//! The bytes of photos and pictures: kept, read and removed a piece at a time, in chunks in the store or as objects in a bucket.
//!
//! New ones go where the configuration says; every document says where its own are, so that a deployment can move to a bucket and back.

use bytes::{Bytes, BytesMut};
use domain::BlobLocation;
use futures_channel::mpsc;
use futures_util::SinkExt;
use futures_util::future::join;
use http::StatusCode;
use store::blob::{BlobWriter, CHUNK_BYTES, chunk_count};
use store::s3::Bucket;
use store::{BlobKey, Unavailable};

use crate::ports::{Body, SendError};
use crate::{Config, Ports};

/// Where the bytes of a blob are, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its key.
    pub key: BlobKey,
    /// Where it is kept.
    pub location: BlobLocation,
    /// Its size in bytes.
    pub size_bytes: u32,
}

/// Keeps the pieces that come from `next` as a blob, each as it comes, and says where. A bucket has to know the size before the first one;
/// what has none goes into the store.
///
/// # Errors
/// What `next` answers, or what the store or the bucket does; then part of it may stay, to be removed.
pub async fn keep<P: Ports, E: From<store::Error>>(
    ports: &P,
    key: &BlobKey,
    size_bytes: Option<u32>,
    mut next: impl AsyncFnMut() -> Result<Option<Bytes>, E>,
) -> Result<BlobLocation, E> {
    let Some((bucket, size_bytes)) = configured(ports.config())?.zip(size_bytes) else {
        let mut writer = BlobWriter::new(key.clone());
        while let Some(piece) = next().await? {
            writer.push(ports.store(), &piece).await?;
        }
        writer.finish(ports.store()).await?;
        return Ok(BlobLocation::Store);
    };
    // One piece on its way and one waiting: memory stays flat, whichever side is slower.
    let (mut pieces, body) = mpsc::channel(0);
    let feed = async {
        while let Some(piece) = next().await? {
            if pieces.send(piece).await.is_err() {
                break;
            }
        }
        drop(pieces);
        Ok::<_, E>(())
    };
    let upload = ports.upload(bucket.put(key, size_bytes, ports.now()).map(|()| body));
    let (fed, uploaded) = join(feed, upload).await;
    // What is wrong with the source says more than that its upload was cut off.
    fed?;
    accepted(uploaded.map(|answer| answer.status()), StatusCode::OK)?;
    Ok(BlobLocation::Bucket)
}

/// Removes a blob from wherever it is; one that is gone already is no error.
///
/// # Errors
/// What the store or the bucket answers; a repetition removes what is left.
pub async fn remove<P: Ports>(ports: &P, key: &BlobKey) -> Result<(), store::Error> {
    // It may have been begun under another configuration, and nobody knows then.
    ports.store().remove_blob(key).await?;
    let Some(bucket) = configured(ports.config())? else { return Ok(()) };
    let answer = ports.send(bucket.delete(key, ports.now()).map(|()| Vec::new())).await;
    match answer.map(|answer| answer.status()) {
        Ok(StatusCode::NOT_FOUND | StatusCode::OK) => Ok(()),
        status => accepted(status, StatusCode::NO_CONTENT),
    }
}

/// Reads a blob, piece by piece.
#[derive(Debug)]
pub struct Reader<B> {
    blob: Blob,
    /// Bytes that are still to come.
    left: usize,
    /// The next chunk's number.
    chunk: usize,
    /// The bucket's answer, once it was asked.
    object: Option<B>,
}

impl<B: Body> Reader<B> {
    /// Begins at the beginning; nothing is read yet.
    pub fn new(blob: Blob) -> Self {
        let left = usize::try_from(blob.size_bytes).unwrap_or(usize::MAX);
        Self { blob, left, chunk: 0, object: None }
    }

    /// How many bytes there are in all.
    pub const fn size_bytes(&self) -> u32 {
        self.blob.size_bytes
    }

    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// What the store or the bucket answers, also when it has less than there should be.
    pub async fn next<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Option<Bytes>, store::Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let piece = match self.blob.location {
            BlobLocation::Store => self.read_chunk(ports).await?,
            BlobLocation::Bucket => self.read_object(ports).await?,
        };
        self.left = self.left.checked_sub(piece.len()).ok_or_else(|| unavailable("a blob is larger than it was"))?;
        Ok(Some(piece))
    }

    async fn read_chunk<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Bytes, store::Error> {
        let n = self.chunk;
        if n >= chunk_count(self.blob.size_bytes) {
            return Err(unavailable("a blob is shorter than it was"));
        }
        self.chunk = n.saturating_add(1);
        Ok(ports.store().chunk(&self.blob.key, n).await?.into())
    }

    async fn read_object<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Bytes, store::Error> {
        let body = match self.object.take() {
            Some(body) => body,
            None => open(ports, &self.blob.key).await?,
        };
        let piece = self.object.insert(body).chunk().await.map_err(|error| failed(error.reason()))?;
        piece.ok_or_else(|| unavailable("a blob is shorter than it was"))
    }
}

/// Reads a part of a blob, and no more of it than the chunks that the part is in: fewer bytes than `len` at its end, none behind it.
///
/// # Errors
/// What the store or the bucket answers, also when it has less than there should be.
pub async fn part<P: Ports>(ports: &P, blob: &Blob, offset: u64, len: u32) -> Result<Bytes, store::Error> {
    let size = u64::from(blob.size_bytes);
    let (begin, end) = (offset.min(size), offset.saturating_add(len.into()).min(size));
    let Some(last) = end.checked_sub(1).filter(|last| *last >= begin) else { return Ok(Bytes::new()) };
    let part = match blob.location {
        BlobLocation::Store => part_of_chunks(ports, &blob.key, begin, end).await?,
        BlobLocation::Bucket => part_of_object(ports, &blob.key, begin, last).await?,
    };
    let is_whole = u64::try_from(part.len()).is_ok_and(|len| len == end.saturating_sub(begin));
    if is_whole { Ok(part) } else { Err(unavailable("a blob is shorter than it was")) }
}

async fn part_of_chunks<P: Ports>(ports: &P, key: &BlobKey, begin: u64, end: u64) -> Result<Bytes, store::Error> {
    let index = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    let (mut at, end, mut part) = (index(begin), index(end), BytesMut::new());
    while at < end {
        let chunk = ports.store().chunk(key, at.div_euclid(CHUNK_BYTES)).await?;
        let from = at.rem_euclid(CHUNK_BYTES);
        let to = from.saturating_add(end.saturating_sub(at)).min(chunk.len());
        let Some(bytes) = chunk.get(from..to).filter(|bytes| !bytes.is_empty()) else { break };
        part.extend_from_slice(bytes);
        at = at.saturating_add(bytes.len());
    }
    Ok(part.freeze())
}

async fn part_of_object<P: Ports>(ports: &P, key: &BlobKey, first: u64, last: u64) -> Result<Bytes, store::Error> {
    let request = bucket(ports.config())?.get_part(key, (first, last), ports.now());
    let answer = ports.send(request.map(|()| Vec::new())).await.map_err(|error| failed(error.reason()))?;
    accepted(Ok(answer.status()), StatusCode::PARTIAL_CONTENT)?;
    let (mut body, mut part) = (answer.into_body(), BytesMut::new());
    let len = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX).saturating_add(1);
    while let Some(piece) = body.chunk().await.map_err(|error| failed(error.reason()))? {
        part.extend_from_slice(&piece);
        if part.len() > len {
            return Err(unavailable("a blob is larger than it was"));
        }
    }
    Ok(part.freeze())
}

async fn open<P: Ports>(ports: &P, key: &BlobKey) -> Result<P::Body, store::Error> {
    let answer = ports.send(bucket(ports.config())?.get(key, ports.now()).map(|()| Vec::new())).await;
    let answer = answer.map_err(|error| failed(error.reason()))?;
    accepted(Ok(answer.status()), StatusCode::OK).map(|()| answer.into_body())
}

/// The bucket, which a document says its blob is in.
///
/// # Errors
/// None is configured, or it cannot be used.
pub fn bucket(config: &Config) -> Result<Bucket, store::Error> {
    configured(config)?.ok_or_else(|| unavailable("a blob is in a bucket, and s3_endpoint is not set"))
}

fn configured(config: &Config) -> Result<Option<Bucket>, store::Error> {
    let bucket = config.s3.as_ref().map(Bucket::new).transpose();
    bucket.map_err(|invalid| unavailable(&invalid.to_string()))
}

fn accepted(status: Result<StatusCode, SendError>, expected: StatusCode) -> Result<(), store::Error> {
    match status {
        Ok(status) if status == expected => Ok(()),
        // What it says goes no further: it may repeat the signed URL.
        Ok(status) => Err(failed(&format!("answered with status {}", status.as_u16()))),
        Err(error) => Err(failed(error.reason())),
    }
}

fn failed(reason: &str) -> store::Error {
    unavailable(&format!("the bucket {reason}"))
}

fn unavailable(reason: &str) -> store::Error {
    Unavailable(reason.to_owned()).into()
}
