//! Pages of other origins: which of them a browser lets ask here, and what of an answer they may read (the Fetch standard's CORS).
//!
//! The key is in a header that a page sends itself, never in a cookie, so an origin that is allowed can do no more than its key.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use lifecycle::Config;

use crate::wire::{Request, Response};

/// What a page may send beside what every page may.
const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, If-Range, Last-Event-ID, Prefer, Range";
/// What a page may read beside what every page may.
const EXPOSED_HEADERS: &str = "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Idempotent-Replayed, Location, \
                               Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id";
/// How long a browser goes by what a preflight said, in seconds: no browser does so for longer.
const MAX_AGE_SECONDS: &str = "7200";

/// What of a request is about origins.
pub(crate) struct Cors {
    /// What the answer's `Access-Control-Allow-Origin` is, where the request's origin is allowed.
    allowed: Option<HeaderValue>,
    /// Whether the answer depends on the origin.
    varies: bool,
}

impl Cors {
    /// What a deployment allows the sender of a request.
    pub(crate) fn of<B>(config: &Config, request: &Request<B>) -> Self {
        let (origins, origin) = (&config.cors_origins, request.headers.get(ORIGIN));
        if origins.iter().any(|known| known == "*") {
            return Self { allowed: origin.map(|_| HeaderValue::from_static("*")), varies: false };
        }
        let allowed = origin.filter(|origin| origins.iter().any(|known| known.as_bytes() == origin.as_bytes()));
        Self { allowed: allowed.cloned(), varies: !origins.is_empty() }
    }

    /// The answer to a browser that asks whether a page may send what it wants to, with one of these `methods`; nothing for any other request.
    pub(crate) fn preflight<B, R: Default>(&self, request: &Request<B>, methods: &str) -> Option<Response<R>> {
        let is_one = request.method == Method::OPTIONS && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !is_one || self.allowed.is_none() {
            return None;
        }
        let (status, headers, body) = (StatusCode::NO_CONTENT, HeaderMap::new(), R::default());
        let answer = Response { status, headers, body, cause: None }
            .with(ACCESS_CONTROL_ALLOW_METHODS, methods)
            .with(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS)
            .with(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        Some(self.on(answer))
    }

    /// The same answer, with who may read it.
    pub(crate) fn on<R>(&self, mut answer: Response<R>) -> Response<R> {
        if self.varies {
            answer.headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(allowed) = &self.allowed {
            answer.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
            answer.headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
        }
        answer
    }
}
