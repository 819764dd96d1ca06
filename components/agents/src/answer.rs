//! The answer to a message.

use http::StatusCode;
use serde_json::{Map, Value};

/// The text is no JSON.
pub(crate) const PARSE_ERROR: i32 = -32_700;
/// It is no message.
pub(crate) const INVALID_REQUEST: i32 = -32_600;
/// There is no such method.
pub(crate) const METHOD_NOT_FOUND: i32 = -32_601;
/// The method does not take that, or there is nothing of that name.
pub(crate) const INVALID_PARAMS: i32 = -32_602;
/// It went wrong here.
pub(crate) const INTERNAL_ERROR: i32 = -32_603;
/// The revision is none of those spoken here, before 2026-07-28.
pub(crate) const BAD_REQUEST: i32 = -32_000;
/// A header does not say what the message says.
pub(crate) const HEADER_MISMATCH: i32 = -32_020;
/// The revision is none of those spoken here.
pub(crate) const UNSUPPORTED_VERSION: i32 = -32_022;

/// What goes back to the agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body: JSON, or nothing.
    pub body: Option<Value>,
}

/// Why a message is not answered with a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// JSON-RPC's number for it.
    pub(crate) code: i32,
    pub(crate) message: String,
    /// More of it, for programs.
    pub(crate) data: Option<Value>,
}

impl Fault {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The HTTP status that says the same where the answer has one of its own.
    pub(crate) const fn status(&self) -> StatusCode {
        match self.code {
            METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
            INVALID_PARAMS | INTERNAL_ERROR => StatusCode::OK,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer, to the message of this id where it is known.
    pub(crate) fn reply(self, status: StatusCode, id: Option<Value>) -> Reply {
        let data = self.data.map(|data| ("data", data));
        let error = [("code", self.code.into()), ("message", self.message.into())].into_iter().chain(data);
        Reply::message(status, id, "error", object(error))
    }
}

impl Reply {
    /// The answer to a message that wants none.
    pub(crate) const fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: None }
    }

    /// A result.
    pub(crate) fn result(id: Value, result: Value) -> Self {
        Self::message(StatusCode::OK, Some(id), "result", result)
    }

    fn message(status: StatusCode, id: Option<Value>, name: &'static str, value: Value) -> Self {
        let id = id.map(|id| ("id", id));
        let body = [("jsonrpc", "2.0".into()), (name, value)].into_iter().chain(id);
        Self { status, body: Some(object(body)) }
    }
}

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// The answer to a body that cannot be read: no JSON, or none that can be a message.
pub fn unreadable(is_json: bool, why: &str) -> Reply {
    let code = if is_json { INVALID_REQUEST } else { PARSE_ERROR };
    Fault::new(code, why).reply(StatusCode::BAD_REQUEST, None)
}
