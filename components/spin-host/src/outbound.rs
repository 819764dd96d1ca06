//! Outbound HTTP. The caller limits the whole exchange; the host is given limits of its own, since Spin's are ten minutes each.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_channel::mpsc::Receiver;
use futures_util::StreamExt;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use lifecycle::ports::{Body, CONNECT_TIME_MAX, SILENCE_MAX, SendError, UPLOAD_TIME_MAX, state_length};
use spin_sdk::wasip3::http::types::{ErrorCode, RequestOptions};
use spin_sdk::wasip3::http_compat::{IncomingResponseBody, RequestOptionsExtension};

/// Sends a request with its whole body.
pub(crate) async fn send(mut request: http::Request<Vec<u8>>) -> Result<http::Response<Incoming>, SendError> {
    state_length(&mut request);
    exchange(request.map(|body| Full::new(Bytes::from(body))), SILENCE_MAX).await
}

/// Sends a request whose body is still to come.
pub(crate) async fn upload(request: http::Request<Receiver<Bytes>>) -> Result<http::Response<Incoming>, SendError> {
    let frames = |pieces: Receiver<Bytes>| StreamBody::new(pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece))));
    exchange(request.map(frames), UPLOAD_TIME_MAX).await
}

async fn exchange<B>(
    mut request: http::Request<B>,
    silence_max: Duration,
) -> Result<http::Response<Incoming>, SendError>
where
    B: http_body::Body<Data = Bytes, Error = Infallible> + 'static,
{
    if let Some(options) = options(silence_max) {
        request.extensions_mut().insert(RequestOptionsExtension(options));
    }
    let response = spin_sdk::http::send(request).await.map_err(|error| classify(&error))?;
    Ok(response.map(Incoming))
}

fn options(silence_max: Duration) -> Option<RequestOptions> {
    let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).ok();
    let options = RequestOptions::new();
    options.set_connect_timeout(nanoseconds(CONNECT_TIME_MAX)).ok()?;
    options.set_first_byte_timeout(nanoseconds(silence_max)).ok()?;
    options.set_between_bytes_timeout(nanoseconds(silence_max)).ok()?;
    Some(options)
}

/// The body of an answer from outside.
pub struct Incoming(IncomingResponseBody);

impl Body for Incoming {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.0.frame().await {
            let frame = frame.map_err(|error| classify(&error))?;
            // What is not data is trailers, and nothing here reads those.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

fn classify(error: &ErrorCode) -> SendError {
    match error {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited | ErrorCode::DestinationIpUnroutable => {
            SendError::Forbidden
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => SendError::NameUnknown,
        ErrorCode::DestinationUnavailable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_)
        | ErrorCode::HttpRequestUriInvalid => SendError::NotConnected,
        ErrorCode::ConnectionReadTimeout | ErrorCode::ConnectionWriteTimeout | ErrorCode::HttpResponseTimeout => {
            SendError::TimedOut
        }
        // Whatever else happened, the request may have been received.
        _ => SendError::Broken,
    }
}
