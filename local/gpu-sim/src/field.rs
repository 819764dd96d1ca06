//! The fields that inputs of several protocols have.

use serde_json::{Map, Value, json};

/// The most pictures of one job.
pub(crate) const COUNT_MAX: u64 = 4;

/// An input that cannot be.
#[derive(Debug)]
pub(crate) struct BadField {
    pub(crate) name: &'static str,
    /// Why; nothing where it is missing.
    pub(crate) why: Option<&'static str>,
}

/// A part of a request's body that cannot be, as `FastAPI` tells it, which fal and Cog are made with: where, why, and of which type that is.
pub(crate) fn validation_error(field: &[&str], message: &str, error_type: &str) -> Value {
    let place: Vec<&str> = ["body"].iter().chain(field).copied().collect();
    json!({ "detail": [{ "loc": place, "msg": message, "type": error_type }] })
}

/// How many pictures: one, if it is not said.
pub(crate) fn count(value: Option<&Value>) -> Option<u64> {
    value.map_or(Some(1), Value::as_u64).filter(|count| (1..=COUNT_MAX).contains(count))
}

/// The seed that is asked for, or any.
pub(crate) fn seed(input: &Map<String, Value>) -> u64 {
    input.get("seed").and_then(Value::as_u64).unwrap_or_else(rand::random)
}
