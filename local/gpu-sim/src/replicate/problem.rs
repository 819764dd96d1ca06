//! Errors as Replicate writes them: problem bodies.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error on its way to the caller.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    body: Value,
    retry_after_seconds: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body, retry_after_seconds: None }
    }

    fn titled(status: StatusCode, title: &str, detail: &str) -> Self {
        Self::new(status, json!({ "title": title, "detail": detail, "status": status.as_u16() }))
    }

    pub(super) fn unauthenticated() -> Self {
        Self::titled(StatusCode::UNAUTHORIZED, "Unauthenticated", "You did not pass a valid authentication token")
    }

    pub(super) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, json!({ "detail": detail, "status": 404 }))
    }

    pub(super) fn model_exists() -> Self {
        let errors = json!({ "errors": [{ "detail": "A model with that name and owner already exists." }] });
        Self::new(StatusCode::CONFLICT, errors)
    }

    pub(super) fn invalid_version() -> Self {
        let detail = "The specified version does not exist (or perhaps you don't have permission to use it?)";
        Self::titled(StatusCode::UNPROCESSABLE_ENTITY, "Invalid version or not permitted", detail)
    }

    pub(super) fn invalid_input(detail: &str) -> Self {
        Self::titled(StatusCode::UNPROCESSABLE_ENTITY, "Input validation failed", detail)
    }

    pub(super) fn throttled() -> Self {
        let body = json!({
            "detail": "Request was throttled. Your rate limit resets in ~1s.", "status": 429, "retry_after": 1
        });
        Self { retry_after_seconds: Some(1), ..Self::new(StatusCode::TOO_MANY_REQUESTS, body) }
    }

    pub(super) fn insufficient_credit() -> Self {
        let detail = "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit.";
        Self::titled(StatusCode::PAYMENT_REQUIRED, "Insufficient credit", detail)
    }

    pub(super) fn internal() -> Self {
        Self::titled(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", "sim:error was asked for")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
