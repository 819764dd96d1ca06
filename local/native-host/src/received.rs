//! The body of a request, which is whole or an error.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// Why a body is not whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    /// It ended before its length, or before its last chunk.
    #[error(transparent)]
    Short(#[from] hyper::Error),
    /// Its connection is gone.
    #[error("the connection is gone")]
    Gone,
}

/// A body as it comes. Its handler may outlive the connection, and hyper takes the end of that for the end of the body: here it is an error.
pub(crate) struct Received {
    body: Incoming,
    connection: Rc<Cell<bool>>,
}

/// Says that the connection is gone when it is dropped before it is told otherwise.
pub(crate) struct Connected(Rc<Cell<bool>>);

impl Received {
    /// A body, and what has to live as long as its connection does.
    pub(crate) fn new(body: Incoming) -> (Self, Connected) {
        let connection = Rc::new(Cell::new(true));
        (Self { body, connection: Rc::clone(&connection) }, Connected(connection))
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(None) if !self.connection.get() => Poll::Ready(Some(Err(BrokenOff::Gone))),
            polled => polled.map_err(BrokenOff::from),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
