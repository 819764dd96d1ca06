//! A JSON-RPC message, as an agent sends it.

use serde_json::{Map, Value};

use crate::answer::{Fault, INVALID_REQUEST};

/// What the HTTP headers of a message say of it: `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// The revision.
    pub version: Option<&'a str>,
    /// The method.
    pub method: Option<&'a str>,
    /// What the method is about: a tool, a prompt, a resource.
    pub name: Option<&'a str>,
}

/// A message that wants an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// A text or a number, which the answer repeats.
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Map<String, Value>,
}

/// The largest number that every reader of JSON holds exactly, either way.
pub const ID_MAX: i64 = 9_007_199_254_740_991;

#[expect(clippy::cast_precision_loss, reason = "it is held exactly")]
fn is_id(id: &Value) -> bool {
    id.is_string() || id.as_f64().is_some_and(|number| number.abs() <= ID_MAX as f64)
}

/// Reads a message; nothing where it wants no answer.
///
/// # Errors
/// It is none of JSON-RPC 2.0's.
pub(crate) fn read(message: Value) -> Result<Option<Request>, Fault> {
    let invalid = |why: &str| Fault::new(INVALID_REQUEST, why);
    let Value::Object(mut message) = message else { return Err(invalid("A message is one object")) };
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(invalid("`jsonrpc` has to be \"2.0\""));
    }
    let Some(Value::String(method)) = message.remove("method") else {
        return Err(invalid("`method` has to be there: answers are not expected here"));
    };
    let params = match message.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(invalid("`params` has to be an object")),
    };
    match message.remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(id) if is_id(&id) => Ok(Some(Request { id, method, params })),
        Some(_) => Err(invalid("`id` has to be a text or a number of at most 2^53 - 1")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_without_an_id_wants_no_answer() {
        let message = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(read(message), Ok(None));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for message in [
            json!([{ "jsonrpc": "2.0", "id": 1, "method": "ping" }]),
            json!(null),
            json!({ "id": 1, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
            json!({ "jsonrpc": "2.0", "id": [], "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1e16, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": [] }),
        ] {
            assert_eq!(read(message.clone()).unwrap_err().code, INVALID_REQUEST, "{message}");
        }
    }
}
