//! The answers the runner gives itself, when no component does. They tell nothing of what went on inside.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full};

use crate::Body;

/// 500: the component trapped, or failed without an answer.
pub(crate) fn failed() -> Response<Body> {
    envelope(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
}

/// 504: the component did not answer in time.
pub(crate) fn timed_out() -> Response<Body> {
    envelope(StatusCode::GATEWAY_TIMEOUT, "The request took too long and was given up.")
}

/// 503: every instance is taken.
pub(crate) fn busy() -> Response<Body> {
    let mut response = envelope(StatusCode::SERVICE_UNAVAILABLE, "Too many requests are running. Try again.");
    response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// 404: no route matches. Plain and empty, as Spin's.
pub(crate) fn not_found() -> Response<Body> {
    empty(StatusCode::NOT_FOUND)
}

/// 400: the `Host` header is not a host.
pub(crate) fn bad_host() -> Response<Body> {
    empty(StatusCode::BAD_REQUEST)
}

fn envelope(status: StatusCode, message: &str) -> Response<Body> {
    let text = serde_json::json!({"success": false, "error": {"code": "INTERNAL_ERROR", "message": message}});
    let mut response = Response::new(full(Bytes::from(text.to_string())));
    *response.status_mut() = status;
    let told = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    response.headers_mut().extend(told.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
