//! Asking a stranger's server again: one that is busy, or whose connection broke, may do better the next time.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

/// How often a server is asked for one file.
const TRIES_MAX: u32 = 3;
/// How long it is left alone after the first time, where it does not say how long; twice as long after the second.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// The longest that a server is waited for by its `Retry-After`: somebody waits here, too.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5);

/// When a server may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Again {
    /// After this time, by its own word.
    after: Option<Duration>,
}

impl Again {
    /// After a while that nobody told.
    pub(crate) const UNTOLD: Self = Self { after: None };

    /// What an answer says of it; nothing where it is not that the server, or one before it, is busy.
    pub(crate) fn of<B>(answer: &Response<B>) -> Option<Self> {
        let is_busy = matches!(
            answer.status(),
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        );
        is_busy.then(|| Self { after: retry_after(answer.headers()) })
    }

    /// How long to wait after so many tries; nothing after the last.
    pub(crate) fn pause(self, tries: u32) -> Option<Duration> {
        let own = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        (tries < TRIES_MAX).then(|| self.after.map_or(own, |after| after.clamp(own, RETRY_AFTER_MAX)))
    }
}

/// After how many seconds a server would be asked again. Those who name a date are asked as if they had said nothing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(status: u16, header: Option<&str>, tries: u32) -> Option<u128> {
        let answer = Response::builder().status(status);
        let answer =
            header.into_iter().fold(answer, |answer, value| answer.header(RETRY_AFTER, value)).body(()).unwrap();
        Some(Again::of(&answer)?.pause(tries)?.as_millis())
    }

    #[test]
    fn a_busy_server_is_waited_for_as_it_says_within_bounds() {
        assert_eq!((pause(503, None, 1), pause(503, None, 2), pause(503, None, 3)), (Some(500), Some(1_000), None));
        assert_eq!((pause(429, Some("0"), 1), pause(429, Some("2"), 1)), (Some(500), Some(2_000)));
        assert_eq!(pause(429, Some("3600"), 2), Some(5_000));
        for untold in ["Wed, 21 Oct 2026 07:28:00 GMT", "-1"] {
            assert_eq!(pause(502, Some(untold), 1), Some(500), "{untold}");
        }
        assert_eq!((pause(404, None, 1), pause(500, None, 1)), (None, None));
    }
}
