//! From Spin's request to a handler's and back: the one way every function answers.

use std::pin::Pin;
use std::rc::Rc;

use api::wire::{self, BODY_BYTES_MAX, Part};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use spin_sdk::http::Request;
use spin_sdk::wasip3::http_compat::IncomingRequestBody;
use store::blob::chunk_count;

use crate::ports::{Ports, random};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A piece of an answer's body, or what kept it from being read.
type Piece = Result<Frame<Bytes>, store::Error>;

/// A function's answer. Never an error: the host would make an empty 500 of it.
pub type Answer = http::Response<StreamBody<Pin<Box<dyn Stream<Item = Piece>>>>>;

/// Answers a request with a handler, reading bodies of at most 1 MiB.
pub async fn serve<H>(request: Request, handle: H) -> Answer
where
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response,
{
    serve_admitted(request, BODY_BYTES_MAX, |_, _| Ok(()), handle).await
}

/// Answers a request with a handler, reading bodies of at most this many bytes, and of those requests only that are admitted by
/// what comes before the body: strangers cannot fill the memory of an instance that takes large ones.
pub async fn serve_admitted<H>(
    request: Request,
    body_bytes_max: usize,
    admit: impl FnOnce(&Ports, &wire::Request) -> Result<(), api::Error>,
    handle: H,
) -> Answer
where
    H: AsyncFnOnce(&Ports, wire::Request) -> wire::Response,
{
    let id = hex::encode(random::<8>());
    let method = request.method().clone();
    let ports = match Ports::open().await {
        Ok(ports) => Rc::new(ports),
        Err(invalid) => return answer(&id, &method, None, wire::Response::from(api::Error::internal(invalid.0))),
    };
    let (mut request, body) = split(request);
    let response = match admit(&ports, &request) {
        Ok(()) => {
            request.body = read(body, body_bytes_max).await;
            handle(&ports, request).await
        }
        Err(error) => wire::Response::from(error),
    };
    answer(&id, &method, Some(ports), response)
}

/// A request whose body is still to be read, and the body.
fn split(request: Request) -> (wire::Request, IncomingRequestBody) {
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

/// Reads a body; nothing when it is over the limit.
async fn read(mut body: IncomingRequestBody, bytes_max: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let data = frame.into_data().unwrap_or_default();
        if bytes.len().saturating_add(data.len()) > bytes_max {
            return None;
        }
        bytes.extend_from_slice(&data);
    }
    Some(bytes)
}

fn answer(id: &str, method: &Method, ports: Option<Rc<Ports>>, response: wire::Response) -> Answer {
    if let Some(cause) = &response.cause {
        eprintln!("request {id}: {} {cause}", response.status.as_u16());
    }
    let length: usize = response.body.iter().map(Part::size_bytes).sum();
    let body = if method == Method::HEAD { Vec::new() } else { response.body };
    let mut answer = http::Response::new(StreamBody::new(stream_of(ports, body)));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(id) = HeaderValue::from_str(id) {
        answer.headers_mut().insert(X_REQUEST_ID, id);
    }
    answer
}

/// The pieces of a body, each read when it is its turn.
fn stream_of(ports: Option<Rc<Ports>>, parts: Vec<Part>) -> Pin<Box<dyn Stream<Item = Piece>>> {
    let pieces = parts.into_iter().flat_map(|part| match part {
        Part::Bytes(bytes) => vec![Source::Bytes(bytes)],
        Part::Blob { key, size_bytes } => (0..chunk_count(size_bytes)).map(|n| Source::Chunk(key.clone(), n)).collect(),
    });
    Box::pin(stream::unfold((ports, pieces), async |(ports, mut pieces)| {
        let piece = match pieces.next()? {
            Source::Bytes(bytes) => Ok(bytes),
            Source::Chunk(key, n) => chunk(ports.as_deref(), &key, n).await,
        };
        Some((piece.map(|bytes| Frame::data(Bytes::from(bytes))), (ports, pieces)))
    }))
}

enum Source {
    Bytes(Vec<u8>),
    Chunk(store::BlobKey, usize),
}

async fn chunk(ports: Option<&Ports>, key: &store::BlobKey, n: usize) -> Result<Vec<u8>, store::Error> {
    let Some(ports) = ports else {
        return Err(store::Unavailable("the store was not opened".into()).into());
    };
    // The head of the answer has left: all that can be done is to end it short, which its length tells the caller.
    let bytes = api::Ports::store(ports).chunk(key, n).await;
    bytes.inspect_err(|error| eprintln!("an answer was cut short: {error}"))
}
