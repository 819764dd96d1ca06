//! A component, resolved.

use std::sync::Arc;

use host_calls::Counter;
use key_value::KeyValue;
use manifest::{AllowedHosts, ComponentVariables};
use store::Queues;

/// A component as the manifest describes it, resolved.
pub(crate) struct Component {
    pub(crate) id: String,
    pub(crate) variables: ComponentVariables,
    /// Where its store is, if it is granted one.
    pub(crate) key_value: Option<Arc<KeyValue>>,
    /// Those of its requests that change the same document share their swaps, as those of one instance do under Spin.
    pub(crate) queues: Queues,
    /// Where it may send requests.
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    /// What its requests ask of this host.
    pub(crate) calls: Arc<Counter>,
}

impl Component {
    /// The value of a variable; nothing where it is not granted.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).ok().map(str::to_owned)
    }

    /// Writes a line to the operator's log, as a component under Spin does on its standard error.
    pub(crate) fn log(&self, line: &str) {
        tracing::warn!(component = %self.id, stream = "stderr", "{}", lifecycle::loggable(line));
    }
}
