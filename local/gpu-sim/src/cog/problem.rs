//! Errors as Cog writes them.

use axum::Json;
use axum::http::StatusCode;
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
    fn failed(status: StatusCode, error: &str) -> Self {
        Self { status, body: json!({ "error": error, "status": "failed" }) }
    }

    pub(super) fn busy() -> Self {
        Self::failed(StatusCode::CONFLICT, "At capacity - all prediction slots busy")
    }

    /// A part of the body that cannot be: where, and why.
    pub(super) fn invalid(field: &[&str], message: &str, error_type: &str) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body: validation_error(field, message, error_type) }
    }
}

impl From<BadField> for Problem {
    fn from(field: BadField) -> Self {
        match field.why {
            Some(why) => Self::invalid(&["input", field.name], why, "value_error"),
            None => Self::invalid(&["input", field.name], "Field required", "value_error.missing"),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Throttled => Self::busy(),
            Refusal::OutOfCredit => {
                Self::failed(StatusCode::SERVICE_UNAVAILABLE, "Setup has not finished yet: sim:broke was asked for")
            }
            Refusal::InvalidInput => Self::invalid(&["input"], "sim:refuse was asked for", "value_error"),
            Refusal::Internal => Self::failed(StatusCode::INTERNAL_SERVER_ERROR, "sim:error was asked for"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
