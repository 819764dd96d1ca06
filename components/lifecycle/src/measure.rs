//! Looking at a caller's file before its price is told: its header through a few ranged requests, never all of it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use catalogue::{Measure, Measured};
use data_url::DataUrl;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use media::probe::{Found, Probe, Step, Want};
use serde_json::{Map, Value};
use url::Url;

use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Error, Invalid, Ports, address, inputs, redirects};

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

async fn look<P: Ports>(ports: &P, url: &str, want: Want) -> Result<Found, Reason> {
    if let Ok(data) = DataUrl::process(url) {
        let (bytes, _) = data.decode_to_vec().map_err(|_| "is not base64".to_owned())?;
        return probe(want, async |offset, len| part_of(&bytes.clone().into(), offset, len)).await;
    }
    if inputs::is_ours(ports, url) {
        let whole = inputs::read(ports, url).await.map_err(|error| error.to_string())?;
        return probe(want, async |offset, len| part_of(&whole, offset, len)).await;
    }
    let mut url = Url::parse(url).map_err(|_| "cannot be asked for".to_owned())?;
    probe(want, async |offset, len| fetch(ports, &mut url, offset, len).await).await
}

async fn probe(
    want: Want,
    mut read: impl AsyncFnMut(u64, u32) -> Result<(Bytes, u64), Reason>,
) -> Result<Found, Reason> {
    let mut probe = Probe::new(want, FILE_BYTES_MAX);
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

/// A part of what is there already, and the size of all of it.
fn part_of(whole: &Bytes, offset: u64, len: u32) -> Result<(Bytes, u64), Reason> {
    let total = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    let end = offset.saturating_add(len.into()).min(total);
    let range = usize::try_from(offset.min(end)).ok().zip(usize::try_from(end).ok());
    let (begin, end) = range.ok_or_else(|| "is too large".to_owned())?;
    Ok((whole.slice(begin..end), total))
}

/// Asks for a part of a file; a server that gives no parts gives it from the beginning.
async fn fetch<P: Ports>(ports: &P, url: &mut Url, offset: u64, len: u32) -> Result<(Bytes, u64), Reason> {
    let last = offset.saturating_add(len.into()).saturating_sub(1);
    let range = format!("bytes={offset}-{last}");
    let allowed = |url: &Url| address::is_allowed(url, ports.config().allow_loopback);
    let answer = redirects::follow(ports, url, &[(RANGE, &range), (ACCEPT, "*/*")], &allowed).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => {
            let total = header(CONTENT_RANGE).and_then(|range| range.rsplit_once('/')?.1.parse().ok());
            let total = total.ok_or_else(|| "comes in parts of unknown size".to_owned())?;
            Ok((take(answer.into_body(), 0, len).await?, total))
        }
        StatusCode::OK => {
            let total = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
            let total = total.ok_or_else(|| "comes without its size".to_owned())?;
            if offset > SKIPPED_BYTES_MAX {
                return Err("has its header at the end, and its server gives no parts of it".to_owned());
            }
            Ok((take(answer.into_body(), offset, len).await?, total))
        }
        status => Err(format!("was answered with status {}", status.as_u16())),
    }
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
