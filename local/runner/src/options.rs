//! What the owner of a runner decides: which application, where its state is kept, and the limits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The store every Spin application has without being configured.
const DEFAULT_STORE: &str = "default";

/// Which application to run, and how.
#[derive(Clone)]
pub struct Options {
    /// The `spin.toml`. What it names (`source`) is relative to its folder.
    pub manifest: PathBuf,
    /// Values of the application's variables, by their names in the manifest. They win over `SPIN_VARIABLE_*` and
    /// over defaults.
    pub variables: BTreeMap<String, String>,
    /// Holds the key-value file `sqlite_key_value.db`; made if missing, for its owner alone.
    pub state_dir: PathBuf,
    /// Holds the compiled components. Runners may share one: entries are found by what was compiled, and how.
    pub cache_dir: PathBuf,
    /// The key-value stores there are. A component that asks for another one is refused when the application loads.
    pub stores: BTreeSet<String>,
    /// Lets outbound HTTP reach 127.0.0.0/8 and `::1`. Other private networks stay shut.
    pub allow_loopback: bool,
    /// Lets a connection send each segment at once (`TCP_NODELAY`). Spin does not: switched off, answers leave as they do there.
    pub nodelay: bool,
    /// When the components are compiled that have not been before.
    pub compiled: When,
    /// The limits on time, memory and numbers.
    pub limits: Limits,
}

/// When components are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// All before the first request. One that cannot be compiled or linked keeps the application from being served.
    BeforeServing,
    /// While requests are served, one after the other: first what somebody waits for. One that cannot be is told in the log, and answers 500.
    Asked,
}

impl Options {
    /// The defaults for an application: the store `default`, compiled components kept in `state_dir/compiled`, no
    /// loopback, everything compiled before it is served.
    pub fn new(manifest: impl Into<PathBuf>, state_dir: impl Into<PathBuf>) -> Self {
        let state_dir = state_dir.into();
        Self {
            manifest: manifest.into(),
            variables: BTreeMap::new(),
            cache_dir: state_dir.join("compiled"),
            state_dir,
            stores: BTreeSet::from([DEFAULT_STORE.to_owned()]),
            allow_loopback: false,
            nodelay: true,
            compiled: When::BeforeServing,
            limits: Limits::default(),
        }
    }
}

/// Shows the names of the variables, never a value: any of them may be a secret.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("manifest", &self.manifest)
            .field("variables", &self.variables.keys())
            .field("state_dir", &self.state_dir)
            .field("cache_dir", &self.cache_dir)
            .field("stores", &self.stores)
            .field("allow_loopback", &self.allow_loopback)
            .field("nodelay", &self.nodelay)
            .field("compiled", &self.compiled)
            .field("limits", &self.limits)
            .finish()
    }
}

/// How much of everything a component, a request or a peer may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From a request's arrival to its answer's head, and again from there to the end of the answer's body.
    pub request_timeout: Duration,
    /// Linear memory of an instance, in bytes, over all its memories.
    pub memory_bytes_max: usize,
    /// Requests an instance serves in its life.
    pub requests_per_instance_max: usize,
    /// Requests an instance serves at the same time. A trap takes all of them.
    pub requests_at_once_per_instance_max: usize,
    /// How long an instance waits for another request before it is dropped.
    pub idle_instance_timeout: Duration,
    /// Instances of all components together; a request that finds none free is answered 503.
    pub instances_max: u32,
    /// Requests being answered at the same time; those above wait.
    pub requests_at_once_max: usize,
    /// Open connections. Where one more comes, the one that has waited longest for a request is closed; while none waits, it does.
    pub connections_max: usize,
    /// How long a peer may take to send the head of a request, and a kept-alive connection may wait for the next one.
    pub header_read_timeout: Duration,
    /// How long a stop waits for the requests that still run.
    pub stop_timeout: Duration,
    /// The most an outbound request may wait for its connection: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// The most an outbound request may wait for its answer's head.
    pub first_byte_timeout: Duration,
    /// The most an outbound request may wait between two pieces of its answer's body.
    pub between_bytes_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_mins(3),
            memory_bytes_max: 128 << 20,
            requests_per_instance_max: 128,
            requests_at_once_per_instance_max: 16,
            idle_instance_timeout: Duration::from_secs(1),
            instances_max: 512,
            requests_at_once_max: 256,
            connections_max: 1_024,
            header_read_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_mins(1),
            between_bytes_timeout: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_names_of_variables_and_no_value() {
        let mut options = Options::new("spin.toml", "state");
        options.variables.insert("api_token".to_owned(), "r8_hidden".to_owned());
        let shown = format!("{options:?}");
        assert!(shown.contains("api_token"), "{shown}");
        assert!(!shown.contains("r8_hidden"), "{shown}");
    }
}
