//! A call of the API.

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use crate::WAIT_SECONDS_MAX;
use crate::tools::Operation;

/// The argument that becomes a header.
const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that holds an answer back.
const WAIT: &str = "wait";

/// A request to the API, in the name of whoever sent the message.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The component that answers for it.
    pub component: &'static str,
    /// The method.
    pub method: Method,
    /// Where to.
    pub path: String,
    /// The query, without its question mark; may be empty.
    pub query: String,
    /// The body, as JSON.
    pub body: Option<Value>,
    /// The `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// Whether it is answered at once, with a task, where it would take longer (`Prefer: respond-async`).
    pub at_once: bool,
}

impl Call {
    /// The call of an operation with these arguments; what costs has a name, this one where the agent gave it none.
    ///
    /// # Errors
    /// What is wrong with them, for the agent. Most the API says itself.
    pub(crate) fn of(
        operation: &'static Operation,
        mut arguments: Map<String, Value>,
        name: &str,
    ) -> Result<Self, String> {
        let idempotency_key = match arguments.remove(IDEMPOTENCY_KEY).filter(|_| operation.costs) {
            None | Some(Value::Null) => operation.costs.then(|| name.to_owned()),
            Some(Value::String(key)) => Some(key),
            Some(_) => return Err(format!("`{IDEMPOTENCY_KEY}`: has to be a text")),
        };
        let path = path(&operation.path, &mut arguments)?;
        let mut query = Serializer::new(String::new());
        for name in &operation.query {
            if let Some(text) = arguments.remove(name).and_then(|value| parameter(name, &value)) {
                query.append_pair(name, &text);
            }
        }
        if let (false, Some(name)) = (operation.body, arguments.keys().next()) {
            return Err(format!("`{name}`: there is no such argument"));
        }
        Ok(Self {
            component: &operation.component,
            method: operation.method.parse().unwrap_or(Method::GET),
            path,
            query: query.finish(),
            body: operation.body.then_some(Value::Object(arguments)),
            idempotency_key,
            at_once: operation.costs,
        })
    }
}

/// A path with the arguments in it that it names.
fn path(template: &str, arguments: &mut Map<String, Value>) -> Result<String, String> {
    let filled = template.split('/').map(|part| {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            return Ok(part.to_owned());
        };
        match arguments.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(segment(&text)),
            _ => Err(format!("`{name}`: has to be there, as a text")),
        }
    });
    Ok(filled.collect::<Result<Vec<_>, String>>()?.join("/"))
}

/// A parameter of a query. Who waits, waits no longer than is waited for an answer.
fn parameter(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if name == WAIT => {
            Some(number.as_u64().map_or_else(|| number.to_string(), |wait| wait.min(WAIT_SECONDS_MAX).to_string()))
        }
        other => Some(other.to_string()),
    }
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%5F", "_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools;

    fn call(tool: &str, arguments: Value) -> Result<Call, String> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        Call::of(&tools::named(tool).unwrap().operation, arguments, "k0")
    }

    #[test]
    fn each_argument_goes_where_the_operation_has_it() {
        let asked = json!({ "character_id": "char_1", "prompt": "SARAH at sea", "idempotency_key": "k1" });
        let generate = call("generate_images", asked).unwrap();
        assert_eq!((generate.method, generate.path.as_str()), (Method::POST, "/api/v1/characters/char_1/generate"));
        assert_eq!(generate.component, "generate-images");
        assert_eq!(generate.body, Some(json!({ "prompt": "SARAH at sea" })));
        assert_eq!((generate.idempotency_key.as_deref(), generate.at_once), (Some("k1"), true));
        let unnamed = call("generate", json!({ "model": "m" })).unwrap();
        assert_eq!(unnamed.idempotency_key.as_deref(), Some("k0"));
        let look = call("get_task", json!({ "task_id": "task_1", "wait": 25 })).unwrap();
        assert_eq!((look.path.as_str(), look.query.as_str(), look.body), ("/api/v1/tasks/task_1", "wait=15", None));
        assert_eq!(look.idempotency_key, None);
        let list = call("list_tasks", json!({ "status": "failed", "limit": 5, "cursor": null })).unwrap();
        assert_eq!(list.query, "status=failed&limit=5");
    }

    #[test]
    fn no_argument_leads_to_another_path() {
        let look = call("get_task", json!({ "task_id": "x/../../admin?a=b#c" })).unwrap();
        assert_eq!(look.path, "/api/v1/tasks/x%2F%2E%2E%2F%2E%2E%2Fadmin%3Fa%3Db%23c");
    }

    #[test]
    fn what_is_missing_or_not_known_is_named() {
        assert!(call("get_task", json!({})).unwrap_err().contains("`task_id`"));
        assert!(call("get_task", json!({ "task_id": 5 })).unwrap_err().contains("`task_id`"));
        assert!(call("get_credits", json!({ "currency": "EUR" })).unwrap_err().contains("`currency`"));
        assert!(call("generate", json!({ "idempotency_key": 1 })).unwrap_err().contains("`idempotency_key`"));
    }
}
