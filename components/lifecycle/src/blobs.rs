//! The bytes of photos and pictures: kept, read and removed a piece at a time, in chunks in the store or as objects in a bucket.
//!
//! New ones go where the configuration says; every document says where its own are, so that a deployment can move to a bucket and back.

use std::cmp::Ordering;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use domain::{AccountId, BlobLocation, CharacterId};
use futures_channel::mpsc;
use futures_util::SinkExt;
use futures_util::future::join;
use http::StatusCode;
use store::blob::{BlobWriter, CHUNK_BYTES};
use store::s3::Bucket;
use store::{BlobKey, Unavailable, keys};

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

/// A stretch of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The blob.
    pub blob: Blob,
    /// Its bytes from the first of these on, up to the second, which is not among them.
    pub range: Range<u32>,
}

impl From<Blob> for Slice {
    fn from(blob: Blob) -> Self {
        Self { range: 0..blob.size_bytes, blob }
    }
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

/// Removes photos of a character, given by number, as [`remove`] does.
///
/// # Errors
/// What the store or the bucket answers; a repetition removes what is left.
pub async fn remove_photos<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    numbers: impl Iterator<Item = usize>,
) -> Result<(), store::Error> {
    for n in numbers {
        remove(ports, &keys::photo(account, character, n)).await?;
    }
    Ok(())
}

/// Reads a blob or a stretch of one, piece by piece. What lies before the stretch is not read, but for the beginning of its first chunk.
#[derive(Debug)]
pub struct Reader<B> {
    blob: Blob,
    /// The bytes that are still to come.
    range: Range<u32>,
    /// The bucket's answer, once it was asked.
    object: Option<B>,
}

impl<B: Body> Reader<B> {
    /// Begins at the beginning; nothing is read yet.
    pub fn new(slice: impl Into<Slice>) -> Self {
        let Slice { blob, range } = slice.into();
        Self { blob, range, object: None }
    }

    /// How many bytes are still to come.
    pub fn size_bytes(&self) -> u32 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// What the store or the bucket answers, also when it has less than there should be.
    pub async fn next<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Option<Bytes>, store::Error> {
        if self.range.is_empty() {
            return Ok(None);
        }
        let piece = match self.blob.location {
            BlobLocation::Store => self.read_chunk(ports).await?,
            BlobLocation::Bucket => self.read_object(ports).await?,
        };
        let read = u32::try_from(piece.len()).ok().filter(|read| *read <= self.size_bytes());
        let read = read.ok_or_else(|| unavailable("a blob is larger than it was"))?;
        self.range.start = self.range.start.saturating_add(read);
        Ok(Some(piece))
    }

    async fn read_chunk<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Bytes, store::Error> {
        let (at, size) = (index(self.range.start), index(self.blob.size_bytes));
        let (n, from) = (at.div_euclid(CHUNK_BYTES), at.rem_euclid(CHUNK_BYTES));
        let chunk = Bytes::from(ports.store().chunk(&self.blob.key, n).await?);
        match chunk.len().cmp(&CHUNK_BYTES.min(size.saturating_sub(at.saturating_sub(from)))) {
            Ordering::Less => return Err(unavailable("a blob is shorter than it was")),
            Ordering::Greater => return Err(unavailable("a blob is larger than it was")),
            Ordering::Equal => {}
        }
        let to = from.saturating_add(index(self.size_bytes())).min(chunk.len());
        Ok(chunk.slice(from.min(to)..to))
    }

    async fn read_object<P: Ports<Body = B>>(&mut self, ports: &P) -> Result<Bytes, store::Error> {
        let body = match self.object.take() {
            Some(body) => body,
            None => open(ports, &self.blob, &self.range).await?,
        };
        let piece = self.object.insert(body).chunk().await.map_err(|error| failed(error.reason()))?;
        piece.ok_or_else(|| unavailable("a blob is shorter than it was"))
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// Reads a part of a blob, and no more of it than the chunks that the part is in: fewer bytes than `len` at its end, none behind it.
///
/// # Errors
/// What the store or the bucket answers, also when it has less than there should be.
pub async fn part<P: Ports>(ports: &P, blob: &Blob, offset: u64, len: u32) -> Result<Bytes, store::Error> {
    let place = |at: u64| u32::try_from(at).unwrap_or(u32::MAX).min(blob.size_bytes);
    let range = place(offset)..place(offset.saturating_add(len.into()));
    let mut reader = Reader::new(Slice { blob: blob.clone(), range });
    let mut part = BytesMut::with_capacity(index(reader.size_bytes()));
    while let Some(piece) = reader.next(ports).await? {
        part.extend_from_slice(&piece);
    }
    Ok(part.freeze())
}

/// Reads a blob, whole.
///
/// # Errors
/// As [`part`].
pub async fn whole<P: Ports>(ports: &P, blob: &Blob) -> Result<Bytes, store::Error> {
    part(ports, blob, 0, blob.size_bytes).await
}

/// The bucket's answer with these bytes of an object.
async fn open<P: Ports>(ports: &P, blob: &Blob, range: &Range<u32>) -> Result<P::Body, store::Error> {
    let (bucket, now) = (bucket(ports.config())?, ports.now());
    let is_whole = range.start == 0 && range.end == blob.size_bytes;
    let (request, expected) = if is_whole {
        (bucket.get(&blob.key, now), StatusCode::OK)
    } else {
        let (first, last) = (range.start.into(), range.end.saturating_sub(1).into());
        (bucket.get_part(&blob.key, (first, last), now), StatusCode::PARTIAL_CONTENT)
    };
    let answer = ports.send(request.map(|()| Vec::new())).await.map_err(|error| failed(error.reason()))?;
    accepted(Ok(answer.status()), expected).map(|()| answer.into_body())
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

#[cfg(test)]
mod tests;
