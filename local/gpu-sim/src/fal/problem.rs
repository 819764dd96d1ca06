//! Errors as fal writes them: a detail in words, or one for each field.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::field::{BadField, validation_error};
use crate::queue::Refusal;

/// An error on its way to the caller.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    body: Value,
}

impl Problem {
    fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, body: json!({ "detail": detail }) }
    }

    fn typed(status: StatusCode, detail: &str, error_type: &str) -> Self {
        Self { status, body: json!({ "detail": detail, "error_type": error_type }) }
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authentication is required to access this application.")
    }

    pub(super) fn no_app(app: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, &format!("Application '{app}' not found"))
    }

    pub(super) fn no_request() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Request not found")
    }

    pub(super) fn in_progress() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request is still in progress")
    }

    /// An input that cannot be: where, why, and of which type that is.
    pub(super) fn invalid(field: &[&str], message: &str, error_type: &str) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body: validation_error(field, message, error_type) }
    }
}

impl From<BadField> for Problem {
    fn from(field: BadField) -> Self {
        match field.why {
            Some(why) => Self::invalid(&[field.name], why, "value_error"),
            None => Self::invalid(&[field.name], "Field required", "missing"),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Throttled => {
                Self::typed(StatusCode::TOO_MANY_REQUESTS, "Too many requests", "concurrent_requests_limit")
            }
            Refusal::OutOfCredit => Self::new(
                StatusCode::FORBIDDEN,
                "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing",
            ),
            Refusal::InvalidInput => Self::invalid(&[], "sim:refuse was asked for", "value_error"),
            Refusal::Internal => {
                Self::typed(StatusCode::INTERNAL_SERVER_ERROR, "sim:error was asked for", "internal_error")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(1));
        }
        response
    }
}
