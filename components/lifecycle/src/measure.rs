//! Looking at a caller's file before its price is told: its header through a few ranged requests, never all of it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use catalogue::{Measure, Measured};
use data_url::DataUrl;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use media::probe::{Found, Probe, Reads, Step, Want};
use serde_json::{Map, Value};
use url::Url;

use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Error, Invalid, Ports, address, blobs, inputs, redirects};

/// Longest time for all of it.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Largest file that is looked at, in bytes.
const FILE_BYTES_MAX: u64 = 500_000_000;
/// Most of a file that is read where its server does not give parts of it, in bytes.
const SKIPPED_BYTES_MAX: u64 = 20_000_000;

/// Measures what a price goes by.
///
/// # Errors
/// [`Invalid::Url`] for pictures and [`Invalid::Input`] for videos: it cannot be fetched, or is not what it should be.
pub async fn measure<P: Ports>(ports: &P, wanted: Measure<'_>, params: &Map<String, Value>) -> Result<Measured, Error> {
    let (param, want, invalid): (_, _, fn(String) -> Invalid) = match wanted {
        Measure::Pixels { param } => (param, Want::Pixels, Invalid::Url),
        Measure::Seconds { param } => (param, Want::Duration, Invalid::Input),
    };
    let refuse = |reason: &str| Error::from(invalid(format!("`{param}`: the file {reason}")));
    let url = params.get(param).and_then(Value::as_str).ok_or_else(|| refuse("is missing"))?;
    let found = within(ports, TIME_MAX, look(ports, url, want)).await;
    let found = found.unwrap_or_else(|| Err(SendError::TimedOut.reason().to_owned())).map_err(|why| refuse(&why))?;
    match (want, found) {
        (Want::Pixels, Found { pixels: Some((width, height)), .. }) => Ok(Measured::Pixels { width, height }),
        (Want::Duration, Found { duration_ms: Some(millis), .. }) => Ok(Measured::Millis(millis)),
        _ => Err(refuse("does not say how large it is or how long it plays")),
    }
}

/// Why a file cannot be measured, in words that follow "the file".
type Reason = String;

/// A part of a file, and how many bytes all of it has, where that is known.
type Read = (Bytes, Option<u64>);

async fn look<P: Ports>(ports: &P, url: &str, want: Want) -> Result<Found, Reason> {
    let probe = |allowed| Probe::new(want, allowed, FILE_BYTES_MAX);
    if let Ok(data) = DataUrl::process(url) {
        let (bytes, _) = data.decode_to_vec().map_err(|_| "is not base64".to_owned())?;
        let whole = Bytes::from(bytes);
        return see(probe(Reads::HERE), async |offset, len| Ok(part_of(&whole, offset, len))).await;
    }
    if let Some(blob) = inputs::locate(ports, url).await.map_err(|error| error.to_string())? {
        let read = async |offset, len| {
            let part = blobs::part(ports, &blob, offset, len).await.map_err(|error| error.to_string())?;
            Ok((part, Some(blob.size_bytes.into())))
        };
        return see(probe(Reads::HERE), read).await;
    }
    let mut url = Url::parse(url).map_err(|_| "cannot be asked for".to_owned())?;
    see(probe(Reads::ELSEWHERE), async |offset, len| fetch(ports, &mut url, offset, len).await).await
}

/// Shows a file to a probe, part by part.
async fn see(mut probe: Probe, mut read: impl AsyncFnMut(u64, u32) -> Result<Read, Reason>) -> Result<Found, Reason> {
    let mut step = probe.begin();
    loop {
        match step {
            Step::Done(found) => return Ok(found),
            Step::Read { offset, len } => {
                let (bytes, total) = read(offset, len).await?;
                step = probe.receive(&bytes, total).map_err(|error| error.to_string())?;
            }
        }
    }
}

/// A part of what is there already.
fn part_of(whole: &Bytes, offset: u64, len: u32) -> Read {
    let index = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(whole.len());
    let part = whole.slice(index(offset)..index(offset.saturating_add(len.into())));
    (part, u64::try_from(whole.len()).ok())
}

/// Asks for a part of a file; a server that gives no parts gives it from the beginning. Not every server says how much there is in all.
async fn fetch<P: Ports>(ports: &P, url: &mut Url, offset: u64, len: u32) -> Result<Read, Reason> {
    let last = offset.saturating_add(len.into()).saturating_sub(1);
    let range = format!("bytes={offset}-{last}");
    let allowed = |url: &Url| address::is_allowed(url, ports.config().allow_loopback);
    let answer = redirects::follow(ports, url, &[(RANGE, &range), (ACCEPT, "*/*")], &allowed).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => {
            let total = header(CONTENT_RANGE).and_then(|range| total_of_part(range, offset));
            let total = total.ok_or_else(|| "comes in other parts than it was asked for".to_owned())?;
            Ok((take(answer.into_body(), 0, len).await?, total))
        }
        StatusCode::OK => {
            let total = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
            if offset > SKIPPED_BYTES_MAX {
                return Err("has its header at the end, and its server gives no parts of it".to_owned());
            }
            Ok((take(answer.into_body(), offset, len).await?, total))
        }
        status => Err(format!("was answered with status {}", status.as_u16())),
    }
}

/// How many bytes there are in all, of which a part from `offset` on is there, by what its `Content-Range` says: `bytes 0-9/100`, or `*` where
/// the server does not know it. Nothing where it is another part.
fn total_of_part(content_range: &str, offset: u64) -> Option<Option<u64>> {
    let (part, total) = content_range.strip_prefix("bytes ")?.split_once('/')?;
    let begin: u64 = part.split_once('-')?.0.trim().parse().ok()?;
    if begin != offset {
        return None;
    }
    if total == "*" { Some(None) } else { total.parse().ok().map(Some) }
}

/// The bytes of a body from an offset on, as many as there are at most.
async fn take<B: Body>(mut body: B, offset: u64, len: u32) -> Result<Bytes, Reason> {
    let (mut skip, mut taken) = (usize::try_from(offset).unwrap_or(usize::MAX), BytesMut::new());
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    while taken.len() < len {
        let Some(chunk) = body.chunk().await.map_err(|error| error.reason().to_owned())? else { break };
        let from = skip.min(chunk.len());
        skip = skip.saturating_sub(from);
        let rest = chunk.slice(from..);
        let most = len.saturating_sub(taken.len()).min(rest.len());
        taken.extend_from_slice(&rest.slice(..most));
    }
    Ok(taken.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_how_much_there_is_in_all_or_that_nobody_knows() {
        assert_eq!(total_of_part("bytes 0-9/100", 0), Some(Some(100)));
        assert_eq!(total_of_part("bytes 10-19/*", 10), Some(None));
        for (other, offset) in [("bytes 0-9/100", 10), ("bytes */100", 0), ("0-9/100", 0), ("bytes 0-9", 0), ("", 0)] {
            assert_eq!(total_of_part(other, offset), None, "{other}");
        }
    }

    #[test]
    fn a_part_of_what_is_there_ends_with_it() {
        let whole = Bytes::from_static(b"0123456789");
        assert_eq!(part_of(&whole, 2, 3), (Bytes::from_static(b"234"), Some(10)));
        assert_eq!(part_of(&whole, 8, 30), (Bytes::from_static(b"89"), Some(10)));
        assert_eq!(part_of(&whole, 11, 1), (Bytes::new(), Some(10)));
    }
}
