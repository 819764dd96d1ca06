//! Answers from outside, read whole: each with a time limit and a size limit.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::Ports;
use crate::ports::{Body, SendError};

/// Sends a request and reads its answer whole.
///
/// # Errors
/// Why there is no answer.
pub async fn fetch<P: Ports>(
    ports: &P,
    request: http::Request<Vec<u8>>,
    bytes_max: usize,
    time_max: Duration,
) -> Result<http::Response<Vec<u8>>, SendError> {
    within(ports, time_max, async {
        let (parts, mut body) = ports.send(request).await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            if bytes.len().saturating_add(chunk.len()) > bytes_max {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(http::Response::from_parts(parts, bytes))
    })
    .await
    .unwrap_or(Err(SendError::TimedOut))
}

/// Runs a future for at most this long; nothing when it did not end in time.
pub async fn within<P: Ports, T>(ports: &P, time_max: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(ports.sleep(time_max))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
