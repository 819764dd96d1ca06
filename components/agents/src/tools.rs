//! The tools: operations of the API, as an agent calls them.
//!
//! They follow from the API's own document: `local/api-docs` writes `tools.json`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// A tool, and the operation that it is.
#[derive(Debug, Deserialize)]
pub(crate) struct Tool {
    /// What agents are told of it: its name, what it takes.
    pub(crate) shown: Value,
    /// The call that it becomes.
    pub(crate) operation: Operation,
}

/// How an operation is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    /// The component that answers for it.
    pub(crate) component: String,
    /// The HTTP method.
    pub(crate) method: String,
    /// The path, with named segments.
    pub(crate) path: String,
    /// Which of its arguments go into the query.
    pub(crate) query: Vec<String>,
    /// Whether the others are a body.
    pub(crate) body: bool,
    /// Whether it costs credits: then it is done once for each `Idempotency-Key`.
    pub(crate) costs: bool,
}

static TOOLS: LazyLock<Vec<Tool>> =
    LazyLock::new(|| serde_json::from_str(include_str!("tools.json")).unwrap_or_default());

/// All of them.
pub(crate) fn all() -> &'static [Tool] {
    &TOOLS
}

/// The one of this name.
pub(crate) fn named(name: &str) -> Option<&'static Tool> {
    all().iter().find(|tool| tool.name() == name)
}

impl Tool {
    fn name(&self) -> &str {
        self.shown.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_one_that_clients_take() {
        assert!(all().len() >= 14, "{}", all().len());
        for tool in all() {
            let name = tool.name();
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(tool.shown["inputSchema"]["type"], "object", "{name}");
            assert!(!tool.shown.to_string().contains("\"$ref\""), "{name}: a reference leads out of it");
            let reads = tool.operation.method == "GET";
            assert!(!reads || tool.shown["annotations"]["readOnlyHint"] == true, "{name}");
            assert!(!(reads && tool.operation.costs), "{name}");
            let key = &tool.shown["inputSchema"]["properties"]["idempotency_key"];
            assert_eq!(key.is_object(), tool.operation.costs, "{name}");
        }
    }
}
