//! The bucket: something is kept there, read in part, fetched by a link as callers are given it, and removed.

use std::time::Duration;

use bytes::Bytes;
use domain::{BlobLocation, Media};
use http::header::{ACCEPT, USER_AGENT};
use lifecycle::Ports;
use lifecycle::blobs::{self, Blob};
use lifecycle::fetch::fetch;
use store::doctor::Verdict;
use store::{BlobKey, keys};

use crate::finding::{About, CHECK_TIME_MAX, Finding, in_time};

/// What is kept there for the check.
const CONTENT: &[u8] = b"the doctor was here";
/// The part of it that is read: where it begins, and how long it is.
const PART: (u64, u32) = (4, 6);
/// How long the link to it is good, also for a server whose clock is a little ahead.
const LINK_LIFETIME: Duration = Duration::from_mins(5);
/// What to do when it does not work.
const ADVICE: &str =
    "see s3_endpoint, s3_bucket, s3_region and the key's rights (get, put, delete): docs/operations/platforms.md";

/// Nothing where there is no bucket.
pub(crate) async fn examine<P: Ports>(ports: &P) -> Vec<Finding> {
    if ports.config().s3.is_none() {
        return Vec::new();
    }
    let key = keys::file(&format!("doctor-{}", domain::fresh_id(ports.random())));
    let kept = in_time(ports, About::Bucket, "The bucket keeps what is put there", put(ports, &key)).await;
    if matches!(kept.verdict, Verdict::Failed(_)) {
        return vec![kept];
    }
    let read = in_time(ports, About::Bucket, "A part of it is read", part(ports, &key)).await;
    let linked = in_time(ports, About::Bucket, "A signed link opens it", link(ports, &key)).await;
    let removed = in_time(ports, About::Bucket, "It can be removed", remove(ports, &key)).await;
    vec![kept, read, linked, removed]
}

async fn put<P: Ports>(ports: &P, key: &BlobKey) -> Verdict {
    let mut piece = Some(Bytes::from_static(CONTENT));
    let size = u32::try_from(CONTENT.len()).ok();
    verdict(blobs::keep(ports, key, size, async || Ok::<_, store::Error>(piece.take())).await.map(|_| true))
}

async fn part<P: Ports>(ports: &P, key: &BlobKey) -> Verdict {
    let size_bytes = u32::try_from(CONTENT.len()).unwrap_or(u32::MAX);
    let blob = Blob { key: key.clone(), location: BlobLocation::Bucket, size_bytes };
    let (offset, len) = PART;
    let expected: Vec<u8> = CONTENT.iter().copied().skip(4).take(6).collect();
    verdict(blobs::part(ports, &blob, offset, len).await.map(|part| part == expected))
}

async fn link<P: Ports>(ports: &P, key: &BlobKey) -> Verdict {
    let bucket = match blobs::bucket(ports.config()) {
        Ok(bucket) => bucket,
        Err(error) => return Verdict::Failed(format!("{error}: {ADVICE}")),
    };
    let link = bucket.link(key, Media::Png.media_type(), LINK_LIFETIME, ports.now());
    let request = http::Request::get(link).header(ACCEPT, "*/*").header(USER_AGENT, domain::USER_AGENT);
    let Ok(request) = request.body(Vec::new()) else {
        return Verdict::Failed(format!("its link is no URL: {ADVICE}"));
    };
    match fetch(ports, request, CONTENT.len(), CHECK_TIME_MAX).await {
        Ok(answer) if answer.status().is_success() && answer.body() == CONTENT => Verdict::Passed,
        // What it says goes no further: it may repeat the link.
        Ok(answer) => {
            Verdict::Failed(format!("the bucket answered with status {}: {ADVICE}", answer.status().as_u16()))
        }
        Err(error) => Verdict::Failed(format!("the bucket {}: {ADVICE}", error.reason())),
    }
}

async fn remove<P: Ports>(ports: &P, key: &BlobKey) -> Verdict {
    verdict(blobs::remove(ports, key).await.map(|()| true))
}

fn verdict(done: Result<bool, store::Error>) -> Verdict {
    match done {
        Ok(true) => Verdict::Passed,
        Ok(false) => Verdict::Failed(format!("it came back different: {ADVICE}")),
        Err(error) => Verdict::Failed(format!("{error}: {ADVICE}")),
    }
}
