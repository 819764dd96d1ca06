//! From Spin's request to a handler's and back: the one way every function answers.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use api::wire::{self, Part};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use lifecycle::blobs::Reader;
use lifecycle::ports::{Body, SendError};
use spin_sdk::http::Request;
use spin_sdk::wasip3::http_compat::IncomingRequestBody;

use crate::outbound;
use crate::ports::Ports;
use crate::random;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A piece of an answer's body, or what kept it from being read.
type Piece = Result<Frame<Bytes>, store::Error>;

/// The pieces of an answer's body, as they are sent.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Piece>>>;

/// A function's answer. Never an error: the host would make an empty 500 of it.
pub type Answer = http::Response<StreamBody<Pieces>>;

/// Answers a request with a component's function.
pub async fn serve<R, H>(request: Request, handle: H) -> Answer
where
    R: Payload,
    H: AsyncFnOnce(&Ports, wire::Request<Incoming>) -> wire::Response<R>,
{
    let id = hex::encode(random::bytes::<8>());
    let method = request.method().clone();
    let ports = match Ports::open().await {
        Ok(ports) => Rc::new(ports),
        Err(invalid) => return refuse(&id, &method, api::Error::internal(invalid.0)),
    };
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let request = wire::Request::new(parts.method, path, query, parts.headers, Incoming(body));
    let response = handle(&ports, request).await;
    answer(&id, &method, Some(ports), response)
}

/// The body of a request.
pub struct Incoming(IncomingRequestBody);

impl Body for Incoming {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.0.frame().await {
            if let Ok(data) = frame.map_err(|_| SendError::Broken)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

fn refuse(id: &str, method: &Method, error: api::Error) -> Answer {
    answer::<Vec<u8>>(id, method, None, error.into())
}

fn answer<B: Payload>(id: &str, method: &Method, ports: Option<Rc<Ports>>, response: wire::Response<B>) -> Answer {
    if let Some(cause) = &response.cause {
        eprintln!("request {id}: {} {cause}", response.status.as_u16());
    }
    let length = response.body.size_bytes();
    let pieces = if method == Method::HEAD { Box::pin(stream::empty()) } else { response.body.pieces(ports) };
    let mut answer = http::Response::new(StreamBody::new(pieces));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(id) = HeaderValue::from_str(id) {
        answer.headers_mut().insert(X_REQUEST_ID, id);
    }
    answer
}

/// The body of a handler's answer.
pub trait Payload {
    /// Its size in bytes.
    fn size_bytes(&self) -> usize;

    /// Its pieces, each read when it is its turn.
    fn pieces(self, ports: Option<Rc<Ports>>) -> Pieces;
}

impl Payload for Vec<u8> {
    fn size_bytes(&self) -> usize {
        self.len()
    }

    fn pieces(self, _: Option<Rc<Ports>>) -> Pieces {
        Box::pin(stream::iter([Ok(Frame::data(Bytes::from(self)))]))
    }
}

/// A function that never streams a blob has none of what that takes in it: neither code nor the right to send a request.
impl Payload for Vec<Part> {
    fn size_bytes(&self) -> usize {
        self.iter().map(Part::size_bytes).sum()
    }

    fn pieces(self, ports: Option<Rc<Ports>>) -> Pieces {
        let parts: VecDeque<Source> = self.into_iter().map(Source::from).collect();
        Box::pin(stream::try_unfold((ports, parts), async |(ports, mut parts)| {
            loop {
                let piece = match parts.front_mut() {
                    None => return Ok(None),
                    Some(Source::Bytes(bytes)) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()),
                    Some(Source::Blob(reader)) => next(ports.as_deref(), reader).await?,
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
enum Source {
    Bytes(Bytes),
    Blob(Box<Reader<outbound::Incoming>>),
}

impl From<Part> for Source {
    fn from(part: Part) -> Self {
        match part {
            Part::Bytes(bytes) => Self::Bytes(bytes.into()),
            Part::Blob(blob) => Self::Blob(Box::new(Reader::new(blob))),
        }
    }
}

async fn next(ports: Option<&Ports>, reader: &mut Reader<outbound::Incoming>) -> Result<Option<Bytes>, store::Error> {
    let Some(ports) = ports else {
        return Err(store::Unavailable("the store was not opened".into()).into());
    };
    // The head of the answer has left: all that can be done is to end it short, which its length tells the caller.
    reader.next(ports).await.inspect_err(|error| eprintln!("an answer was cut short: {error}"))
}
