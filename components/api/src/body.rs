//! The body of a request, read whole: where there is room for it, within a time, and at most so many bytes.

use std::time::Duration;

use http::Method;
use lifecycle::Ports;
use lifecycle::fetch::within;
use lifecycle::ports::Body;

use crate::content::Content;
use crate::room::READ_COPIES;
use crate::wire::Request;
use crate::{Code, Error};

/// Largest body of a request, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest body of a provider's report, in bytes: a training's carries its whole log.
pub(crate) const REPORT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest time for the whole of a body; one that trickles in holds its room as long.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Reads the body of a request, where its method has one.
///
/// # Errors
/// [`Code::StoreUnavailable`] where there is no room for it, [`Code::PayloadTooLarge`] when it is over the limit, and
/// [`Code::InvalidRequest`] when it takes too long or breaks off: half a body is none.
pub(crate) async fn read<P: Ports, B: Body>(
    ports: &P,
    request: &mut Request<B>,
    bytes_max: usize,
) -> Result<(), Error> {
    if matches!(request.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let stated = stated(request, bytes_max);
    let bytes_max = stated.unwrap_or(bytes_max);
    let permit = request.room.take(bytes_max.saturating_mul(READ_COPIES))?;
    let bytes = bytes(ports, &mut request.body, bytes_max, stated.is_some()).await?;
    permit.resize(bytes.len().saturating_mul(READ_COPIES))?;
    request.content = Content::new(bytes, permit);
    Ok(())
}

/// How many bytes the body says it has, or the limit where that is less; nothing where it does not say.
pub(crate) fn stated<B>(request: &Request<B>, bytes_max: usize) -> Option<usize> {
    request.content_length().and_then(|length| usize::try_from(length).ok()).map(|stated| stated.min(bytes_max))
}

/// Reads a body of at most so many bytes, for which its reader has taken the room; where it is as many, they are there once.
///
/// # Errors
/// The others of [`read`].
pub(crate) async fn bytes<P: Ports, B: Body>(
    ports: &P,
    body: &mut B,
    bytes_max: usize,
    is_as_many: bool,
) -> Result<Vec<u8>, Error> {
    within(ports, TIME_MAX, whole(body, bytes_max, is_as_many)).await.unwrap_or_else(|| Err(too_slow()))
}

async fn whole<B: Body>(body: &mut B, bytes_max: usize, is_stated: bool) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(if is_stated { bytes_max } else { 0 });
    while let Some(piece) = body.chunk().await.map_err(|error| Error::broken_off(error.reason()))? {
        if bytes.len().saturating_add(piece.len()) > bytes_max {
            let message = "The body is over the limit of this route: 1 MiB, for callbacks 10 MiB, for pictures 16 MB";
            return Err(Error::new(Code::PayloadTooLarge, message));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn too_slow() -> Error {
    let message = format!(
        "The body took longer than {} seconds, so nothing was done; send the request again",
        TIME_MAX.as_secs()
    );
    Error::new(Code::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use lifecycle::ports::SendError;

    use super::*;

    /// A body in pieces, the last of which may be that it breaks off.
    struct Pieces(Vec<Result<&'static [u8], SendError>>);

    impl Body for Pieces {
        async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
            if self.0.is_empty() { Ok(None) } else { self.0.remove(0).map(|bytes| Some(Bytes::from_static(bytes))) }
        }
    }

    fn read(pieces: Vec<Result<&'static [u8], SendError>>) -> Result<Vec<u8>, Code> {
        let mut pieces = Pieces(pieces);
        match pin!(whole(&mut pieces, BODY_BYTES_MAX, false)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(read) => read.map_err(|error| error.code),
            Poll::Pending => panic!("there is nothing to wait for"),
        }
    }

    #[test]
    fn a_body_that_breaks_off_is_refused_whatever_came_of_it() {
        assert_eq!(read(vec![Ok(b"{}"), Ok(b" ")]), Ok(b"{} ".to_vec()));
        assert_eq!(read(vec![Ok(b"{}"), Err(SendError::Broken)]), Err(Code::InvalidRequest));
        assert_eq!(read(vec![Err(SendError::Broken)]), Err(Code::InvalidRequest));
    }

    #[test]
    fn a_body_over_the_limit_is_read_no_further() {
        static MANY: [u8; BODY_BYTES_MAX] = [b' '; BODY_BYTES_MAX];
        assert!(read(vec![Ok(&MANY)]).is_ok());
        assert_eq!(read(vec![Ok(&MANY), Ok(b" ")]), Err(Code::PayloadTooLarge));
    }
}
