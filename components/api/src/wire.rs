//! Requests and responses as handlers see them, and the JSON around every answer.

use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::blobs::Blob;
use crate::error::{Code, Error};

/// Says which preferences of the caller were followed (RFC 7240).
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Largest body of a request, in bytes. Callbacks have a limit of their own.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What there is of a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It was over the limit, and was read no further.
    TooLarge,
    /// It ended before it was whole. Whoever began it may not have meant what came of it, so nothing is done.
    BrokenOff,
}

/// A request, its body read.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, from its first slash.
    pub path: String,
    /// The query, without its question mark; may be empty.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl Request {
    /// The `n`th segment of the path, counted from 0; empty when there is none.
    pub fn segment(&self, n: usize) -> &str {
        self.path.trim_start_matches('/').split('/').nth(n).unwrap_or("")
    }

    /// The segments of the path from the `n`th on.
    pub fn segments_from(&self, n: usize) -> Vec<&str> {
        self.path.trim_matches('/').split('/').skip(n).collect()
    }

    /// The value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A parameter of the query that is a whole number in these bounds.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`], which names it.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Error> {
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
    pub fn choice(&self, name: &str, all: &[&str]) -> Result<Option<String>, Error> {
        match self.parameter(name) {
            Some(text) if !all.contains(&text.as_str()) => {
                Err(Error::new(Code::InvalidRequest, format!("`{name}`: has to be one of {}", all.join(", "))))
            }
            choice => Ok(choice),
        }
    }

    /// The raw body.
    ///
    /// # Errors
    /// [`Code::PayloadTooLarge`] when it was over the limit, [`Code::InvalidRequest`] when it broke off.
    pub fn body(&self) -> Result<&[u8], Error> {
        match &self.body {
            Body::Whole(bytes) => Ok(bytes),
            Body::TooLarge => Err(Error::new(
                Code::PayloadTooLarge,
                "The body is over the limit of this route: 1 MiB, for callbacks 10 MiB",
            )),
            Body::BrokenOff => Err(broken_off()),
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// As [`Self::body`], [`Code::InvalidJson`], and [`Code::InvalidRequest`], which names the field.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = self.body()?;
        // The whole of it, so that a wrong field never hides that what follows is no JSON.
        let text = std::str::from_utf8(body).map_err(|error| invalid_json(&error))?;
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| invalid_json(&error))?;
        // serde would take an array for an object, its elements for the fields in their order.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Error::new(Code::InvalidRequest, "The body has to be an object"));
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| explain(&error))
    }

    /// Refuses every method but these, written as in an `Allow` header.
    ///
    /// # Errors
    /// [`Code::MethodNotAllowed`].
    pub fn allow(&self, methods: &'static str) -> Result<(), Error> {
        if methods.split(", ").any(|method| method == self.method.as_str()) {
            return Ok(());
        }
        let message = format!("This route takes {methods}, not {}", self.method);
        Err(Error { allow: Some(methods), ..Error::new(Code::MethodNotAllowed, message) })
    }
}

/// What a request is answered whose body is not whole: [`Code::InvalidRequest`].
pub fn broken_off() -> Error {
    Error::new(Code::InvalidRequest, "The body broke off before its end, and nothing was done; send it again")
}

fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let (path, reason) = (error.path().to_string(), error.inner().to_string());
    // Where in the text it stands helps nobody whose client wrote the JSON.
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let message = if path == "." { reason.to_owned() } else { format!("`{path}`: {reason}") };
    Error::new(Code::InvalidRequest, message)
}

fn invalid_json(reason: &dyn std::fmt::Display) -> Error {
    Error::new(Code::InvalidJson, format!("Invalid JSON body: {reason}"))
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
    /// A blob, read when it is its turn.
    Blob(Blob),
}

impl Part {
    /// Its size in bytes.
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Blob(blob) => usize::try_from(blob.size_bytes).unwrap_or(usize::MAX),
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
}

impl Response {
    /// `{"success":true,"data":..}`.
    pub fn success(status: StatusCode, data: impl Serialize) -> Self {
        match serde_json::to_vec(&Success { success: true, data }) {
            Ok(body) => Self::new(status, "application/json", body),
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
        let mut response = Self::new(status, "application/json", body);
        if let Some(methods) = error.allow {
            response.headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        if let Some(after) = error.retry_after {
            response.headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
        }
        response.cause = error.cause;
        response
    }
}

impl From<Error> for Streamed {
    fn from(error: Error) -> Self {
        let Response { status, headers, body, cause } = Response::from(error);
        Self { status, headers, body: vec![Part::Bytes(body)], cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Body) -> Request {
        Request { method: Method::POST, path: "/".into(), query: String::new(), headers: HeaderMap::new(), body }
    }

    #[test]
    fn a_body_that_broke_off_is_told_from_one_that_is_too_large_and_one_that_is_empty() {
        let code = |body| request(body).body().map(<[u8]>::to_vec).map_err(|error| error.code);
        assert_eq!(code(Body::Whole(Vec::new())), Ok(Vec::new()));
        assert_eq!(code(Body::TooLarge), Err(Code::PayloadTooLarge));
        assert_eq!(code(Body::BrokenOff), Err(Code::InvalidRequest));
        let refused = request(Body::BrokenOff).json::<serde_json::Value>().unwrap_err();
        assert!(refused.message.contains("broke off"), "{}", refused.message);
    }
}
