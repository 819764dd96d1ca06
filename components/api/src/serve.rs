//! From a request as it came to a handler's answer and back: what every host does the same way.
//!
//! A host opens its [`Ports`], gives the request an id, and hands both to [`whole`] or [`streamed`]. It is never answered with an error. A
//! body that breaks off is refused before its handler sees any of it; a handler that reads the body itself is told of it by
//! [`SendError::Broken`].

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use crate::blobs::Reader;
use crate::config::InvalidVariable;
use crate::ports::{Body, SendError};
use crate::wire::{self, Part};
use crate::{Code, Error, Ports};

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

/// Answers a request with a handler, reading bodies of at most this many bytes, and of those requests only that are admitted by
/// what comes before the body: strangers cannot fill the memory of an instance that takes large ones.
pub async fn whole<P, I, B, H>(
    ports: Rc<P>,
    id: &str,
    request: http::Request<I>,
    body_bytes_max: usize,
    admit: impl FnOnce(&P, &wire::Request) -> Result<(), Error>,
    handle: H,
) -> Answer
where
    P: Ports,
    I: http_body::Body<Data = Bytes> + Unpin,
    B: Payload<P>,
    H: AsyncFnOnce(&P, wire::Request) -> wire::Response<B>,
{
    let method = request.method().clone();
    let (mut request, body) = split(request);
    let read = match admit(&ports, &request) {
        Ok(()) => read(body, body_bytes_max).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(body) => {
            request.body = body;
            let response = handle(&ports, request).await;
            answer(id, &method, ports, response)
        }
        Err(error) => answer::<P, Vec<u8>>(id, &method, ports, error.into()),
    }
}

/// Answers a request with a handler that reads the body itself, a piece at a time.
pub async fn streamed<P, I, B, H>(ports: Rc<P>, id: &str, request: http::Request<I>, handle: H) -> Answer
where
    P: Ports,
    I: http_body::Body<Data = Bytes> + Unpin,
    B: Payload<P>,
    H: AsyncFnOnce(&P, wire::Request, Upload<I>) -> wire::Response<B>,
{
    let method = request.method().clone();
    let (request, body) = split(request);
    let response = handle(&ports, request, Upload(body)).await;
    answer(id, &method, ports, response)
}

/// Answers a request to a function whose configuration cannot be used; why is for the host to log.
pub fn misconfigured(id: &str, method: &Method, invalid: InvalidVariable) -> Answer {
    let wire::Response { status, headers, body, cause }: wire::Response = Error::internal(invalid.0).into();
    let length = body.len();
    let pieces = if method == Method::HEAD { nothing() } else { one(body) };
    head(id, wire::Response { status, headers, body: (), cause }, length, pieces)
}

/// The body of a request, which its handler reads.
#[derive(Debug)]
pub struct Upload<I>(I);

impl<I: http_body::Body<Data = Bytes> + Unpin> Body for Upload<I> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.0.frame().await {
            // What is not data is trailers, and nothing here reads those.
            if let Ok(data) = frame.map_err(|_| SendError::Broken)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

/// A request whose body is still to be read, and the body.
fn split<I>(request: http::Request<I>) -> (wire::Request, I) {
    let (parts, body) = request.into_parts();
    let request = wire::Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: None,
    };
    (request, body)
}

/// Reads a body; nothing when it is over the limit. One that breaks off is no body, however much of it came.
async fn read<I>(body: I, bytes_max: usize) -> Result<Option<Vec<u8>>, Error>
where
    I: http_body::Body<Data = Bytes> + Unpin,
{
    let (mut body, mut bytes) = (Upload(body), Vec::new());
    loop {
        match body.chunk().await {
            Ok(Some(data)) if bytes.len().saturating_add(data.len()) > bytes_max => return Ok(None),
            Ok(Some(data)) => bytes.extend_from_slice(&data),
            Ok(None) => return Ok(Some(bytes)),
            Err(error) => {
                let message = "The body broke off before its end; send it again";
                return Err(Error::new(Code::InvalidRequest, message).because(error.reason()));
            }
        }
    }
}

fn answer<P: Ports, B: Payload<P>>(id: &str, method: &Method, ports: Rc<P>, response: wire::Response<B>) -> Answer {
    if let Some(cause) = &response.cause {
        ports.log(&format!("request {id}: {} {cause}", response.status.as_u16()));
    }
    let wire::Response { status, headers, body, cause } = response;
    let length = body.size_bytes();
    let pieces = if method == Method::HEAD { nothing() } else { body.pieces(ports) };
    head(id, wire::Response { status, headers, body: (), cause }, length, pieces)
}

fn head(id: &str, response: wire::Response<()>, length: usize, pieces: Pieces) -> Answer {
    let mut answer = http::Response::new(StreamBody::new(pieces));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(id) = HeaderValue::from_str(id) {
        answer.headers_mut().insert(X_REQUEST_ID, id);
    }
    answer
}

fn nothing() -> Pieces {
    Box::pin(stream::empty())
}

fn one(bytes: Vec<u8>) -> Pieces {
    Box::pin(stream::iter([Ok(Frame::data(Bytes::from(bytes)))]))
}

/// The body of a handler's answer.
pub trait Payload<P> {
    /// Its size in bytes.
    fn size_bytes(&self) -> usize;

    /// Its pieces, each read when it is its turn.
    fn pieces(self, ports: Rc<P>) -> Pieces;
}

impl<P> Payload<P> for Vec<u8> {
    fn size_bytes(&self) -> usize {
        self.len()
    }

    fn pieces(self, _: Rc<P>) -> Pieces {
        one(self)
    }
}

/// A function that never streams a blob has none of what that takes in it: neither code nor the right to send a request.
impl<P: Ports + 'static> Payload<P> for Vec<Part> {
    fn size_bytes(&self) -> usize {
        self.iter().map(Part::size_bytes).sum()
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
            Part::Blob(blob) => Self::Blob(Box::new(Reader::new(blob))),
        }
    }
}

async fn next<P: Ports>(ports: &P, reader: &mut Reader<P::Body>) -> Result<Option<Bytes>, store::Error> {
    // The head of the answer has left: all that can be done is to end it short, which its length tells the caller.
    reader.next(ports).await.inspect_err(|error| ports.log(&format!("an answer was cut short: {error}")))
}
