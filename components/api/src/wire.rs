//! Requests and responses as handlers see them, and the JSON around every answer.

use std::str::FromStr;

use bytes::Bytes;
use domain::Digest;
use http::header::{ACCEPT, ALLOW, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use lifecycle::blobs::Slice;
use lifecycle::links::Signed;
use lifecycle::ports::{Body, SendError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::content::Content;
use crate::error::{Code, Error};
use crate::room::Room;
use crate::route::Route;

/// Says which preferences of the caller were followed (RFC 7240).
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// A request.
#[derive(Debug, Clone)]
pub struct Request<B> {
    /// The method.
    pub method: Method,
    /// The path, from its first slash.
    pub path: String,
    /// The query, without its question mark; may be empty.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, still to be read.
    pub body: B,
    /// The body, where it was read before the handler was called.
    pub(crate) content: Content,
    /// What it asks for, where it has a name of its own: a digest of the body, which is not kept.
    pub(crate) fingerprint: Option<Digest>,
    /// The room for bodies that it shares with others.
    pub(crate) room: Room,
    /// The route that was found for it.
    pub(crate) route: Option<Route>,
    /// The path's named segments, once a route was found for it.
    pub(crate) segments: Segments,
}

/// The named segments of a path, with their values.
pub(crate) type Segments = Vec<(String, String)>;

impl<B> Request<B> {
    /// A request as it came in.
    pub fn new(method: Method, path: String, query: String, headers: HeaderMap, body: B) -> Self {
        let (content, room) = (Content::default(), Room::default());
        Self { method, path, query, headers, body, content, fingerprint: None, room, route: None, segments: Vec::new() }
    }

    /// The same, as one of those that share this room.
    #[must_use]
    pub fn within(self, room: Room) -> Self {
        Self { room, ..self }
    }

    /// The value of a named segment of the path; empty when the route has none of this name.
    pub(crate) fn segment(&self, name: &str) -> &str {
        self.segments.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A named segment of the path as an id; nothing when it is none of that kind.
    pub(crate) fn id<T: FromStr>(&self, name: &str) -> Option<T> {
        self.segment(name).parse().ok()
    }

    /// The value of a parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The link that ends which the request came with, of a route that ends in `{name}`; what is not there is empty, and no link's.
    pub(crate) fn signed_link(&self) -> Signed {
        let parameter = |name| self.parameter(name).unwrap_or_default();
        Signed { name: self.segment("name").to_owned(), expires: parameter("expires"), mac: parameter("mac") }
    }

    /// A parameter of the query that is a whole number in these bounds.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], which names it.
    pub(crate) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Error> {
        let Some(text) = self.parameter(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(Error::new(Code::InvalidRequest, format!("`{name}`: has to be from {least} to {most}"))),
        }
    }

    /// A parameter of the query that is one of these.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], which names it and them.
    pub(crate) fn choice(&self, name: &str, all: &[&str]) -> Result<Option<String>, Error> {
        match self.parameter(name) {
            Some(text) if !all.contains(&text.as_str()) => {
                Err(Error::new(Code::InvalidRequest, format!("`{name}`: has to be one of {}", all.join(", "))))
            }
            choice => Ok(choice),
        }
    }

    /// The number of bytes that the request says it has.
    pub(crate) fn content_length(&self) -> Option<u64> {
        content_length(&self.headers)
    }
}

impl<B> Request<B> {
    /// The body as JSON. What is made of it is all that is left of it.
    ///
    /// # Errors
    /// Those of [`Content::json`].
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let read = self.content.json();
        self.content.forget();
        read
    }
}

/// Whether `Accept` names this media type.
pub(crate) fn names(headers: &HeaderMap, media_type: &str) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type))
}

/// The number of bytes that headers say the body has.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body that is there whole.
#[derive(Debug, Clone, Default)]
pub struct Whole(Option<Bytes>);

impl From<Vec<u8>> for Whole {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Some(bytes.into()))
    }
}

impl Body for Whole {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        Ok(self.0.take())
    }
}

/// An answer, with its body in memory or as [`Streamed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<B = Vec<u8>> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: B,
    /// What went wrong, for the operator's log; never sent.
    pub cause: Option<String>,
}

/// An answer whose body is read while it is sent.
pub type Streamed = Response<Vec<Part>>;

/// A piece of a streamed answer's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A stretch of a blob, read when it is its turn.
    Blob(Slice),
}

impl Part {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Blob(Slice { range, .. }) => range.end.saturating_sub(range.start).into(),
        }
    }

    /// Its bytes from the `from`th on, up to the `to`th, which is not among them.
    #[must_use]
    pub(crate) fn cut(self, from: u64, to: u64) -> Self {
        match self {
            Self::Bytes(bytes) => {
                let index = |place| usize::try_from(place).unwrap_or(usize::MAX);
                Self::Bytes(bytes.get(index(from)..index(to)).unwrap_or_default().to_vec())
            }
            Self::Blob(Slice { blob, range }) => {
                let place = |at| range.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)).min(range.end);
                Self::Blob(Slice { blob, range: place(from)..place(to) })
            }
        }
    }
}

impl<B> Response<B> {
    /// An answer with a body.
    pub fn new(status: StatusCode, content_type: &'static str, body: B) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self { status, headers, body, cause: None }
    }

    /// The same answer with one more header; a value that is not one is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same answer, with another body.
    #[must_use]
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> Response<C> {
        Response { status: self.status, headers: self.headers, body: body(self.body), cause: self.cause }
    }
}

impl Response {
    /// `{"success":true,"data":..}`.
    pub fn success(status: StatusCode, data: impl Serialize) -> Self {
        match serde_json::to_vec(&Success { success: true, data }) {
            Ok(body) => Self::new(status, JSON, body),
            Err(error) => Self::from(Error::internal(error)),
        }
    }
}

impl Streamed {
    /// Sends the caller to another URL, for this one time.
    pub fn redirect(url: &str) -> Self {
        Self { status: StatusCode::FOUND, headers: HeaderMap::new(), body: Vec::new(), cause: None }.with(LOCATION, url)
    }
}

#[derive(Serialize)]
struct Success<T> {
    success: bool,
    data: T,
}

#[derive(Serialize)]
struct Failed {
    success: bool,
    error: Problem,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<serde_json::Value>,
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let (status, code) = error.code.status_and_name();
        let failed = Failed { success: false, error: Problem { code, message: error.message, details: error.details } };
        let body = serde_json::to_vec(&failed).unwrap_or_default();
        let mut response = Self::new(status, JSON, body);
        if let Some(methods) = error.allow {
            response = response.with(ALLOW, &methods);
        }
        if let Some(after) = error.retry_after {
            response.headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
        }
        if status == StatusCode::UNAUTHORIZED {
            response = response.with(WWW_AUTHENTICATE, "Bearer realm=\"likeness\"");
        }
        response.cause = error.cause;
        response
    }
}

impl From<Response> for Streamed {
    fn from(response: Response) -> Self {
        response.map(|body| vec![Part::Bytes(body)])
    }
}

impl From<Error> for Streamed {
    fn from(error: Error) -> Self {
        let answer: Response = error.into();
        answer.into()
    }
}
