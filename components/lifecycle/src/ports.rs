//! What a handler needs from the world.

use std::time::Duration;

use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use store::{Backend, Entropy, Store, Timer};

use crate::Config;

/// Longest time to connect.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Longest time until the first byte of an answer, and between any two.
pub const SILENCE_MAX: Duration = Duration::from_secs(20);
/// Longest time until the first byte of the answer to an upload, which comes after the whole of it.
pub const UPLOAD_TIME_MAX: Duration = Duration::from_secs(40);

/// The world, as a handler sees it: a store, outbound HTTP, a clock, randomness, time to wait, configuration and a log.
#[expect(async_fn_in_trait, reason = "used on one thread, in a guest or a test; no future needs `Send`")]
pub trait Ports: Entropy + Timer {
    /// The key-value store behind [`Ports::store`].
    type Backend: Backend;
    /// The body of an answer from outside.
    type Body: Body;

    /// The application's state.
    fn store(&self) -> &Store<Self::Backend>;

    /// The configuration this request runs under.
    fn config(&self) -> &Config;

    /// The current time.
    fn now(&self) -> Timestamp;

    /// Sends a request out. Redirects are not followed; the answer's body is still to be read.
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Self::Body>, SendError>;

    /// Sends a request whose body comes in pieces, as many bytes as its `Content-Length` says.
    async fn upload(
        &self,
        request: http::Request<mpsc::Receiver<Bytes>>,
    ) -> Result<http::Response<Self::Body>, SendError>;

    /// The body of the message that tells an ended task's owner of it, as the API renders it.
    fn message(&self, task: &Task) -> Vec<u8>;

    /// Whether whoever settles a task at once tells its owner, and its provider to stop. A round of the sweep does not: there these are kinds
    /// of work of their own.
    fn acts_at_once(&self) -> bool {
        true
    }

    /// Writes a line to the operator's log. Never a secret or a prompt; a host leaves out of links what opens them ([`loggable`](crate::loggable)).
    fn log(&self, line: &str);
}

/// A body that arrives in pieces.
#[expect(async_fn_in_trait, reason = "used on one thread, in a guest or a test; no future needs `Send`")]
pub trait Body: 'static {
    /// The next piece, or nothing at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError>;
}

/// Why there is no answer from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// The host refused: the address is not allowed or not public.
    Forbidden,
    /// The name could not be resolved.
    NameUnknown,
    /// No connection was made, so nothing was sent.
    NotConnected,
    /// It took too long; the request may have been received.
    TimedOut,
    /// It broke off; the request may have been received.
    Broken,
    /// The answer is larger than the limit given for it.
    TooLarge,
    /// It was not tried: the other side did not answer a moment ago.
    LeftForLater,
}

impl SendError {
    /// What went wrong, in words that follow "the server" or a URL.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Forbidden => "points to an address that is not allowed",
            Self::NameUnknown => "has a host name that could not be resolved",
            Self::NotConnected => "could not be connected to",
            Self::TimedOut => "took too long to answer",
            Self::Broken => "broke off the connection",
            Self::TooLarge => "sent more than the limit",
            Self::LeftForLater => "did not answer a moment ago and is left for later",
        }
    }

    /// Whether the request certainly never reached the other side.
    pub const fn was_not_sent(self) -> bool {
        match self {
            Self::Forbidden | Self::NameUnknown | Self::NotConnected | Self::LeftForLater => true,
            Self::TimedOut | Self::Broken | Self::TooLarge => false,
        }
    }
}

/// Says how long a request's body is. A host cannot know, and sends what has no length in chunks, which not every server takes: also an empty
/// body, but for methods that never have one.
pub fn state_length(request: &mut http::Request<Vec<u8>>) {
    let length = request.body().len();
    if length > 0 || !matches!(*request.method(), Method::GET | Method::HEAD) {
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
