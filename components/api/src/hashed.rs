//! A file that somebody asks about: named by its SHA-256, or sent itself. Then it is read where there is room for it, hashed as it comes, and kept
//! nowhere.

use std::time::Duration;

use domain::{Digest, Hasher};
use http::header::CONTENT_TYPE;
use lifecycle::Ports;
use lifecycle::fetch::within;
use lifecycle::ports::Body;

use crate::room::Permit;
use crate::wire::{JSON, Request};
use crate::{Code, Error};

/// Largest file that is read here, in bytes: a larger one is named by its SHA-256.
const FILE_BYTES_MAX: usize = 10_000_000;
/// By how much room for it grows, in bytes.
const STEP_BYTES: usize = 1_000_000;
/// Longest time for the whole of it.
const TIME_MAX: Duration = Duration::from_mins(1);

/// What `curl` says of anything that it is not told of: JSON as well as a picture.
const UNTOLD: &str = "application/x-www-form-urlencoded";

/// Whether the body is a file, and not JSON: what says nothing of itself is JSON, as everywhere.
///
/// # Errors
/// [`Code::InvalidRequest`] where it may be either.
pub(crate) fn is_file<B>(request: &Request<B>) -> Result<bool, Error> {
    let media_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or(JSON);
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(UNTOLD) {
        let message = "Say what it is: `Content-Type: application/json`, or the file's own media type";
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(!media_type.eq_ignore_ascii_case(JSON))
}

/// A file that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// SHA-256 of its bytes.
    pub(crate) sha256: Digest,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The room that they take up.
    _permit: Permit,
}

/// The file that is the body.
///
/// # Errors
/// [`Code::StoreUnavailable`] where there is no room for it, [`Code::PayloadTooLarge`], and [`Code::InvalidRequest`] where it is empty, breaks off
/// or takes too long.
pub(crate) async fn read<P: Ports, B: Body>(ports: &P, request: &mut Request<B>) -> Result<Sent, Error> {
    if request.content_length().is_some_and(|length| length > len(FILE_BYTES_MAX)) {
        return Err(too_large());
    }
    let permit = request.room.take(STEP_BYTES)?;
    let sent = within(ports, TIME_MAX, whole(&mut request.body, permit)).await;
    sent.unwrap_or_else(|| Err(Error::broken_off("it took too long")))
}

/// Reads a file to its end. It grows by steps, each of which may move it: so there is room for it twice, and for a step.
async fn whole<B: Body>(body: &mut B, permit: Permit) -> Result<Sent, Error> {
    let (mut hasher, mut bytes) = (Hasher::default(), Vec::new());
    while let Some(piece) = body.chunk().await.map_err(|error| Error::broken_off(error.reason()))? {
        let read = bytes.len().saturating_add(piece.len());
        if read > FILE_BYTES_MAX {
            return Err(too_large());
        }
        if read > bytes.capacity() {
            let step = piece.len().max(STEP_BYTES);
            permit.resize(read.saturating_mul(2).saturating_add(step))?;
            bytes.reserve_exact(step);
        }
        hasher.push(&piece);
        bytes.extend_from_slice(&piece);
    }
    if bytes.is_empty() {
        return Err(Error::new(Code::InvalidRequest, "The file is empty"));
    }
    Ok(Sent { sha256: hasher.finish(), bytes, _permit: permit })
}

fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn too_large() -> Error {
    let message = format!("The file is over the limit of {FILE_BYTES_MAX} bytes; send its SHA-256 as JSON instead");
    Error::new(Code::PayloadTooLarge, message)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};
    use lifecycle::ports::SendError;

    use super::*;
    use crate::room::Room;

    /// A body of so many pieces of a megabyte, which may break off.
    struct Megabytes(u32, bool);

    impl Body for Megabytes {
        async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
            if self.0 == 0 {
                return if self.1 { Err(SendError::Broken) } else { Ok(None) };
            }
            self.0 = self.0.saturating_sub(1);
            Ok(Some(Bytes::from(vec![7; 1_000_000])))
        }
    }

    fn hashed(mut body: Megabytes) -> Result<Digest, Code> {
        match pin!(whole(&mut body, Room::default().take(STEP_BYTES).unwrap()))
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(sent) => sent.map(|sent| sent.sha256).map_err(|error| error.code),
            Poll::Pending => panic!("there is nothing to wait for"),
        }
    }

    #[test]
    fn a_file_is_hashed_to_its_end_and_up_to_its_limit() {
        assert_eq!(hashed(Megabytes(10, false)), Ok(Digest::of(vec![7; 10_000_000])));
        assert_eq!(hashed(Megabytes(11, false)), Err(Code::PayloadTooLarge));
        assert_eq!(hashed(Megabytes(1, true)), Err(Code::InvalidRequest), "half a file is none");
        assert_eq!(hashed(Megabytes(0, false)), Err(Code::InvalidRequest));
    }

    #[test]
    fn what_is_not_said_to_be_json_is_a_file() {
        let says = |value: Option<&'static str>| {
            let headers = value.map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
            let headers = headers.into_iter().collect::<HeaderMap>();
            let is_file = is_file(&Request::new(Method::POST, "/".to_owned(), String::new(), headers, ()));
            is_file.map_err(|error| error.code)
        };
        assert_eq!([None, Some("application/json; charset=utf-8"), Some("Application/JSON")].map(says), [Ok(false); 3]);
        assert_eq!([Some("image/png"), Some("application/jsonl"), Some("")].map(says), [Ok(true); 3]);
        assert_eq!(says(Some(UNTOLD)), Err(Code::InvalidRequest));
    }
}
