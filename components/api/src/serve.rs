//! From a request as it came to a handler's answer and back: what every host does the same way.
//!
//! A host opens its [`Ports`], gives the request an id, and hands both to [`serve`]. It is never answered with an error. A body that breaks
//! off is told by [`SendError::Broken`], and never taken for a whole one.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use lifecycle::Ports;
use lifecycle::blobs::Reader;
use lifecycle::config::InvalidVariable;
use lifecycle::ports::{Body, SendError};

use crate::Error;
use crate::room::Room;
use crate::wire::{self, JSON, Part, content_length};

/// Tells a caller what to quote when it reports something.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A piece of an answer's body, or what kept it from being read.
pub type Piece = Result<Frame<Bytes>, store::Error>;

/// The pieces of an answer's body, as they are sent.
pub type Pieces = Pin<Box<dyn Stream<Item = Piece>>>;

/// A function's answer. Never an error: a host would make an empty 500 of it.
pub type Answer = http::Response<StreamBody<Pieces>>;

/// A request's id.
pub fn new_id(random: [u8; 8]) -> String {
    hex::encode(random)
}

/// Answers a request with a component's function. Those that share memory share the room for their bodies.
pub async fn serve<P, I, R, H>(ports: Rc<P>, room: Room, id: &str, request: http::Request<I>, handle: H) -> Answer
where
    P: Ports,
    I: http_body::Body<Data = Bytes> + Unpin + 'static,
    R: Payload<P>,
    H: AsyncFnOnce(&P, wire::Request<Incoming<I>>) -> wire::Response<R>,
{
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let body = Incoming { body, left: content_length(&parts.headers) };
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
    let request = wire::Request::new(parts.method, path, query, parts.headers, body).within(room);
    let response = handle(&ports, request).await;
    answer(id, &method, ports, response)
}

/// Answers a request to a function whose configuration cannot be used; why is for the host to log.
pub fn misconfigured(id: &str, method: &Method, invalid: InvalidVariable) -> Answer {
    let wire::Response { status, headers, body, cause }: wire::Response = Error::internal(invalid.0).into();
    let length = Some(length(&body));
    let pieces = if method == Method::HEAD { nothing() } else { one(body) };
    head(id, wire::Response { status, headers, body: (), cause }, length, pieces)
}

/// The body of a request, as it comes in: whole, or an error at its end.
#[derive(Debug)]
pub struct Incoming<I> {
    body: I,
    /// Bytes that are still to come, where the request says how many there are.
    left: Option<u64>,
}

impl<I: http_body::Body<Data = Bytes> + Unpin + 'static> Body for Incoming<I> {
    /// The host tells of a body that broke off where it ends; whether it is as long as it was to be is looked at all the same.
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.body.frame().await {
            // What is not data is trailers, and nothing here reads those.
            if let Ok(data) = frame.map_err(|_| SendError::Broken)?.into_data() {
                let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(length));
                return Ok(Some(data));
            }
        }
        if self.left.is_some_and(|left| left > 0) { Err(SendError::Broken) } else { Ok(None) }
    }
}

fn answer<P: Ports, B: Payload<P>>(id: &str, method: &Method, ports: Rc<P>, response: wire::Response<B>) -> Answer {
    if let Some(cause) = &response.cause {
        ports.log(&format!("request {id}: {} {cause}", response.status.as_u16()));
    }
    let wire::Response { status, headers, body, cause } = response;
    let length = body.length();
    let pieces = if method == Method::HEAD { nothing() } else { body.pieces(ports) };
    head(id, wire::Response { status, headers, body: (), cause }, length, pieces)
}

fn head(id: &str, response: wire::Response<()>, length: Option<u64>, pieces: Pieces) -> Answer {
    let mut answer = http::Response::new(StreamBody::new(pieces));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    let headers = answer.headers_mut();
    // What was not modified has the length that it had (RFC 9110, 15.4.5).
    if let Some(length) = length.filter(|_| response.status != StatusCode::NOT_MODIFIED) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    // A browser takes it for what it says it is.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What JSON tells is one caller's, and soon different.
    if headers.get(CONTENT_TYPE).is_some_and(|media_type| media_type == JSON) {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    answer
}

fn nothing() -> Pieces {
    Box::pin(stream::empty())
}

fn one(bytes: Vec<u8>) -> Pieces {
    Box::pin(stream::iter([Ok(Frame::data(Bytes::from(bytes)))]))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The body of a handler's answer.
pub trait Payload<P> {
    /// Its length in bytes, where that is known.
    fn length(&self) -> Option<u64>;

    /// Its pieces, each read when it is its turn.
    fn pieces(self, ports: Rc<P>) -> Pieces;
}

impl<P> Payload<P> for Vec<u8> {
    fn length(&self) -> Option<u64> {
        Some(length(self))
    }

    fn pieces(self, _: Rc<P>) -> Pieces {
        one(self)
    }
}

/// A function that never streams a blob has none of what that takes in it: neither code nor the right to send a request.
impl<P: Ports + 'static> Payload<P> for Vec<Part> {
    fn length(&self) -> Option<u64> {
        Some(self.iter().map(Part::length).fold(0, u64::saturating_add))
    }

    fn pieces(self, ports: Rc<P>) -> Pieces {
        let parts: VecDeque<Source<P::Body>> = self.into_iter().map(Source::from).collect();
        Box::pin(stream::try_unfold((ports, parts), async |(ports, mut parts)| {
            loop {
                let piece = match parts.front_mut() {
                    None => return Ok(None),
                    Some(Source::Bytes(bytes)) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()),
                    Some(Source::Blob(reader)) => next(&*ports, reader).await?,
                };
                match piece {
                    Some(piece) => return Ok(Some((Frame::data(piece), (ports, parts)))),
                    None => drop(parts.pop_front()),
                }
            }
        }))
    }
}

/// A part, partly read.
enum Source<B> {
    Bytes(Bytes),
    Blob(Box<Reader<B>>),
}

impl<B: Body> From<Part> for Source<B> {
    fn from(part: Part) -> Self {
        match part {
            Part::Bytes(bytes) => Self::Bytes(bytes.into()),
            Part::Blob(slice) => Self::Blob(Box::new(Reader::new(slice))),
        }
    }
}

async fn next<P: Ports>(ports: &P, reader: &mut Reader<P::Body>) -> Result<Option<Bytes>, store::Error> {
    // The head of the answer has left: all that can be done is to end it short, which its length tells the caller.
    reader.next(ports).await.inspect_err(|error| ports.log(&format!("an answer was cut short: {error}")))
}
