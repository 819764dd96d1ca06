//! From Spin's request to a handler's and back: the one way every function answers.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use api::blobs::Reader;
use api::ports::{Body, SendError};
use api::wire::{self, BODY_BYTES_MAX, Part};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use spin_sdk::http::Request;
use spin_sdk::wasip3::http::types::{ErrorCode, Response};
use spin_sdk::wasip3::http_compat::{IncomingRequestBody, http_into_wasi_response};
use spin_sdk::wit_bindgen::yield_async;

use crate::outbound::Incoming;
use crate::ports::{Ports, random};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A piece of an answer's body, or what kept it from being read.
type Piece = Result<Frame<Bytes>, store::Error>;

/// The pieces of an answer's body, as they are sent.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Piece>>>;

/// A function's answer. An error only where the host refuses its head, which a handler's never is: the host makes an empty 500 of it.
pub type Answer = Result<Response, ErrorCode>;

/// Answers a request with a handler, reading bodies of at most 1 MiB.
///
/// # Errors
/// None of ours: see [`Answer`].
pub async fn serve<B, H>(request: Request, handle: H) -> Answer
where
    B: Payload,
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response<B>,
{
    serve_admitted(request, BODY_BYTES_MAX, |_, _| Ok(()), handle).await
}

/// Answers a request with a handler, reading bodies of at most this many bytes, and of those requests only that are admitted by
/// what comes before the body: strangers cannot fill the memory of an instance that takes large ones.
///
/// # Errors
/// None of ours: see [`Answer`].
pub async fn serve_admitted<B, H>(
    request: Request,
    body_bytes_max: usize,
    admit: impl FnOnce(&Ports, &wire::Request) -> Result<(), api::Error>,
    handle: H,
) -> Answer
where
    B: Payload,
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response<B>,
{
    let id = hex::encode(random::<8>());
    let method = request.method().clone();
    let ports = match Ports::open().await {
        Ok(ports) => Rc::new(ports),
        Err(invalid) => return refuse(&id, &method, api::Error::internal(invalid.0)).await,
    };
    let (mut request, body) = split(request);
    if let Err(error) = admit(&ports, &request) {
        return refuse(&id, &method, error).await;
    }
    request.body = body.read(body_bytes_max).await;
    if request.body == wire::Body::BrokenOff {
        // Not even by a handler that never looks at it.
        return refuse(&id, &method, wire::broken_off()).await;
    }
    let response = handle(&ports, request).await;
    answer(&id, &method, Some(ports), response).await
}

/// Answers a request with a handler that reads the body itself, a piece at a time.
///
/// # Errors
/// None of ours: see [`Answer`].
pub async fn serve_upload<B, H>(request: Request, handle: H) -> Answer
where
    B: Payload,
    H: AsyncFnOnce(&Ports, wire::Request, Upload) -> wire::Response<B>,
{
    let id = hex::encode(random::<8>());
    let method = request.method().clone();
    let ports = match Ports::open().await {
        Ok(ports) => Rc::new(ports),
        Err(invalid) => return refuse(&id, &method, api::Error::internal(invalid.0)).await,
    };
    let (request, body) = split(request);
    let response = handle(&ports, request, body).await;
    answer(&id, &method, Some(ports), response).await
}

/// The body of a request, read as it comes.
pub struct Upload {
    body: IncomingRequestBody,
    /// Bytes that are still to come, where the request says how many there are.
    left: Option<u64>,
}

impl Upload {
    /// Reads all of it, if that is not more than this many bytes.
    async fn read(mut self, bytes_max: usize) -> wire::Body {
        let mut bytes = Vec::new();
        loop {
            match self.chunk().await {
                Ok(Some(data)) if bytes.len().saturating_add(data.len()) > bytes_max => return wire::Body::TooLarge,
                Ok(Some(data)) => bytes.extend_from_slice(&data),
                Ok(None) => return wire::Body::Whole(bytes),
                Err(_) => return wire::Body::BrokenOff,
            }
        }
    }
}

impl Body for Upload {
    /// The host tells of a body that broke off where it ends; whether it is as long as it was to be is looked at all the same.
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame.map_err(|_| SendError::Broken)?.into_data() {
                let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(length));
                return Ok(Some(data));
            }
        }
        if self.left.is_some_and(|left| left > 0) { Err(SendError::Broken) } else { Ok(None) }
    }
}

/// A request whose body is still to be read, and the body.
fn split(request: Request) -> (wire::Request, Upload) {
    let (parts, body) = request.into_parts();
    let body = Upload { body, left: content_length(&parts.headers) };
    let request = wire::Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        // Nobody takes what was not read for an empty one.
        body: wire::Body::BrokenOff,
    };
    (request, body)
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn refuse(id: &str, method: &Method, error: api::Error) -> Answer {
    answer::<Vec<u8>>(id, method, None, error.into()).await
}

async fn answer<B: Payload>(
    id: &str,
    method: &Method,
    ports: Option<Rc<Ports>>,
    response: wire::Response<B>,
) -> Answer {
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
    let answer = http_into_wasi_response(answer);
    // The body is written by a task of its own, and its first piece has to wait to be taken when the answer is given: then it leaves with the
    // head. Alone it would wait for the head's acknowledgement, 40 ms on a host that sets no TCP_NODELAY. That task is first run between the
    // first turn given up and the second.
    yield_async().await;
    yield_async().await;
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
    Blob(Box<Reader<Incoming>>),
}

impl From<Part> for Source {
    fn from(part: Part) -> Self {
        match part {
            Part::Bytes(bytes) => Self::Bytes(bytes.into()),
            Part::Blob(blob) => Self::Blob(Box::new(Reader::new(blob))),
        }
    }
}

async fn next(ports: Option<&Ports>, reader: &mut Reader<Incoming>) -> Result<Option<Bytes>, store::Error> {
    let Some(ports) = ports else {
        return Err(store::Unavailable("the store was not opened".into()).into());
    };
    // The head of the answer has left: all that can be done is to end it short, which its length tells the caller.
    reader.next(ports).await.inspect_err(|error| eprintln!("an answer was cut short: {error}"))
}
