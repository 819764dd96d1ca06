//! What is where in the document.

use serde_json::{Map, Value};

/// The methods that a path can have, in the order in which they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation: its method, its path, and its description.
pub(crate) type Operation<'a> = (&'static str, &'a str, &'a Value);

/// Every operation of a document; then those that callers' own servers are asked for.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    entries(document, "/paths").chain(entries(document, "/webhooks")).flat_map(|(path, methods)| {
        METHODS.into_iter().filter_map(move |method| Some((method, path.as_str(), methods.get(method)?)))
    })
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}
