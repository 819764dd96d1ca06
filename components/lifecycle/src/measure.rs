//! Looking at a caller's file before its price is told: its header through a few ranged requests, never all of it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use catalogue::{Measure, Measured};
use data_url::DataUrl;
use futures_util::future::join;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{Response, StatusCode};
use media::probe::{Found, Probe, Reads, Step, Want};
use serde_json::{Map, Value};
use url::Url;

use crate::fetch::within;
use crate::patience::Again;
use crate::ports::{Body, SendError};
use crate::{Error, Invalid, Ports, blobs, inputs, redirects};

/// Longest time for all of it.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Largest file that is looked at, in bytes.
const FILE_BYTES_MAX: u64 = 500_000_000;
/// Most of a file that is read where its server does not give parts of it, in bytes.
const SKIPPED_BYTES_MAX: u64 = 20_000_000;

/// Measures what a price goes by, and copies nothing.
///
/// # Errors
/// [`Invalid::Url`] for pictures and [`Invalid::Input`] for what plays: it cannot be fetched, or is not what it should be. And what the store
/// answers.
pub async fn measure<P: Ports>(ports: &P, wanted: Measure<'_>, params: &Map<String, Value>) -> Result<Measured, Error> {
    gather(wanted, params, async |_, url, want| look(ports, url, want).await).await
}

/// Has every file be seen that a price goes by: `see` is given its parameter, its URL and what is wanted of it.
///
/// # Errors
/// Those of [`measure`].
pub async fn gather<'a>(
    wanted: Measure<'a>,
    params: &Map<String, Value>,
    see: impl AsyncFn(&'a str, &str, Want) -> Result<Found, MeasureError>,
) -> Result<Measured, Error> {
    match wanted {
        Measure::Pixels { param } => match one(params, param, Want::Pixels, &see).await?.pixels {
            Some((width, height)) => Ok(Measured::Pixels { width, height }),
            None => Err(untold(param, Want::Pixels)),
        },
        Measure::Seconds { param } => Ok(Measured::Millis(length(params, param, &see).await?)),
        Measure::Both { param, with } => {
            // At once: both together may take no longer than one.
            let lengths = join(length(params, param, &see), length(params, with, &see)).await;
            Ok(Measured::Both { millis: lengths.0?, with_millis: lengths.1? })
        }
    }
}

async fn length<'a>(
    params: &Map<String, Value>,
    param: &'a str,
    see: &impl AsyncFn(&'a str, &str, Want) -> Result<Found, MeasureError>,
) -> Result<u64, Error> {
    one(params, param, Want::Duration, see).await?.duration_ms.ok_or_else(|| untold(param, Want::Duration))
}

async fn one<'a>(
    params: &Map<String, Value>,
    param: &'a str,
    want: Want,
    see: &impl AsyncFn(&'a str, &str, Want) -> Result<Found, MeasureError>,
) -> Result<Found, Error> {
    let url = params.get(param).and_then(Value::as_str).ok_or_else(|| refusal(param, want, "is missing"))?;
    see(param, url, want).await.map_err(|error| match error {
        MeasureError::Unfit(reason) => refusal(param, want, &reason),
        MeasureError::Failed(error) => error,
    })
}

fn untold(param: &str, want: Want) -> Error {
    refusal(param, want, "does not say how large it is or how long it plays")
}

fn refusal(param: &str, want: Want, reason: &str) -> Error {
    let message = format!("`{param}`: the file {reason}");
    match want {
        Want::Pixels => Invalid::Url(message).into(),
        Want::Duration => Invalid::Input(message).into(),
    }
}

/// Why a file was not measured.
#[derive(Debug)]
pub enum MeasureError {
    /// It cannot be had, or is not what it should be, in words that follow "the file".
    Unfit(Reason),
    /// It is nothing of the file's.
    Failed(Error),
}

impl From<Reason> for MeasureError {
    fn from(reason: Reason) -> Self {
        Self::Unfit(reason)
    }
}

impl From<Error> for MeasureError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchFile => Self::Unfit("is an upload that is not there, or not any more".to_owned()),
            error => Self::Failed(error),
        }
    }
}

/// Why a file cannot be measured, in words that follow "the file".
type Reason = String;

/// Looks at a file, wherever it is.
///
/// # Errors
/// Why it was not measured.
pub async fn look<P: Ports>(ports: &P, url: &str, want: Want) -> Result<Found, MeasureError> {
    let seen = within(ports, TIME_MAX, look_at(ports, url, want)).await;
    seen.unwrap_or_else(|| Err(SendError::TimedOut.reason().to_owned().into()))
}

/// A part of a file, and how many bytes all of it has, where that is known.
type Read = (Bytes, Option<u64>);

async fn look_at<P: Ports>(ports: &P, url: &str, want: Want) -> Result<Found, MeasureError> {
    let probe = |allowed| Probe::new(want, allowed, FILE_BYTES_MAX);
    if let Ok(data) = DataUrl::process(url) {
        let (bytes, _) = data.decode_to_vec().map_err(|_| "is not base64".to_owned())?;
        let whole = Bytes::from(bytes);
        return see(probe(Reads::HERE), async |offset, len| Ok(part_of(&whole, offset, len))).await;
    }
    if let Some(blob) = inputs::locate(ports, url).await? {
        let read = async |offset, len| {
            let part = blobs::part(ports, &blob, offset, len).await.map_err(Error::from)?;
            Ok((part, Some(blob.size_bytes.into())))
        };
        return see(probe(Reads::HERE), read).await;
    }
    let mut url = Url::parse(url).map_err(|_| "cannot be asked for".to_owned())?;
    see(probe(Reads::ELSEWHERE), async |offset, len| Ok(fetch(ports, &mut url, offset, len).await?)).await
}

/// Shows a file to a probe, part by part.
async fn see(
    mut probe: Probe,
    mut read: impl AsyncFnMut(u64, u32) -> Result<Read, MeasureError>,
) -> Result<Found, MeasureError> {
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

/// Asks for something of a file, a few times where its server is busy.
async fn ask<P: Ports>(ports: &P, url: &mut Url, range: &str) -> Result<Response<P::Body>, redirects::Error> {
    let allowed = |url: &Url| address::is_allowed(url, ports.config().allow_loopback);
    let mut tries = 1;
    loop {
        let answer = redirects::follow(ports, url, &[(RANGE, range), (ACCEPT, "*/*")], &allowed).await?;
        match Again::of(&answer).and_then(|again| again.pause(tries)) {
            Some(pause) => ports.sleep(pause).await,
            None => return Ok(answer),
        }
        tries = tries.saturating_add(1);
    }
}

/// Asks for a part of a file; a server that gives no parts gives it from the beginning. Not every server says how much there is in all.
async fn fetch<P: Ports>(ports: &P, url: &mut Url, offset: u64, len: u32) -> Result<Read, Reason> {
    let last = offset.saturating_add(len.into()).saturating_sub(1);
    let answer = ask(ports, url, &format!("bytes={offset}-{last}")).await.map_err(|error| error.to_string())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => {
            let (begin, total) = header(CONTENT_RANGE).and_then(part_of_all).unwrap_or((u64::MAX, None));
            if begin != offset {
                return Err("comes in other parts than it was asked for".to_owned());
            }
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

/// Where a part begins, and how many bytes there are in all, by what its `Content-Range` says: `bytes 0-9/100`, or `*` where the server does not
/// know it.
fn part_of_all(content_range: &str) -> Option<(u64, Option<u64>)> {
    let (part, total) = content_range.strip_prefix("bytes ")?.split_once('/')?;
    let begin = part.split_once('-')?.0.trim().parse().ok()?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((begin, total))
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
        assert_eq!(part_of_all("bytes 0-9/100"), Some((0, Some(100))));
        assert_eq!(part_of_all("bytes 10-19/*"), Some((10, None)));
        for other in ["bytes */100", "0-9/100", "bytes 0-9", "bytes 0-9/many", ""] {
            assert_eq!(part_of_all(other), None, "{other}");
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
