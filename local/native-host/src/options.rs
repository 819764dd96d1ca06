//! What the owner of a host decides.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Which application to serve, and how.
#[derive(Clone)]
pub struct Options {
    /// The `spin.toml`.
    pub manifest: PathBuf,
    /// Values of the application's variables, by their names in the manifest. They win over `SPIN_VARIABLE_*` and over defaults.
    pub variables: BTreeMap<String, String>,
    /// Holds the key-value file `sqlite_key_value.db`; made if missing.
    pub state_dir: PathBuf,
    /// Lets outbound HTTP reach 127.0.0.0/8 and `::1`. Other private networks stay shut.
    pub allow_loopback: bool,
    /// Threads that serve, at least one.
    pub threads: usize,
}

impl Options {
    /// The defaults for an application: a thread for each core, no loopback.
    pub fn new(manifest: impl Into<PathBuf>, state_dir: impl Into<PathBuf>) -> Self {
        Self {
            manifest: manifest.into(),
            variables: BTreeMap::new(),
            state_dir: state_dir.into(),
            allow_loopback: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
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
            .field("allow_loopback", &self.allow_loopback)
            .field("threads", &self.threads)
            .finish()
    }
}
