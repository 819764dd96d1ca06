//! An answer's body that must keep coming.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

/// Why a body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// Nothing came for too long.
    #[error("nothing came for too long")]
    Silent,
    /// The connection was closed.
    #[error("the connection was closed before the end")]
    Incomplete,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// What came is not HTTP.
    #[error("what came is not HTTP")]
    NotHttp,
}

/// Fails when nothing came for a while.
#[derive(Debug)]
pub struct Paced {
    /// Dropped, and its connection with it, once it failed.
    body: Option<Incoming>,
    timeout: Duration,
    /// Runs while the body is waited for.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(crate) fn new(body: Incoming, timeout: Duration) -> Self {
        Self { body: Some(body), timeout, deadline: None }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
            this.deadline = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| cut_short(&error))));
        }
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(this.timeout)));
        ready!(deadline.as_mut().poll(cx));
        this.body = None;
        Poll::Ready(Some(Err(Cut::Silent)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

fn cut_short(error: &hyper::Error) -> Cut {
    tracing::warn!(%error, "the answer to an outbound request was cut short");
    match std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(io::ErrorKind::UnexpectedEof) => Cut::Incomplete,
        Some(_) => Cut::Broken,
        None => Cut::NotHttp,
    }
}
