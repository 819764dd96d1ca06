//! What serves the application: its handlers in this process, or the release Wasm files under the runner.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use host_calls::HostCalls;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Which host a world runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The handlers, in this process: no Wasm file has to be built.
    Native,
    /// The release Wasm files under the runner, which have to be built before.
    Wasm,
}

impl Host {
    /// What `LIKENESS_TEST_HOST` says: `native` (or nothing), or `wasm`.
    ///
    /// # Panics
    /// When it says anything else: the tests would run on something nobody asked for.
    #[expect(clippy::panic, reason = "there is nothing to test on")]
    pub fn from_environment() -> Self {
        match std::env::var("LIKENESS_TEST_HOST").unwrap_or_default().as_str() {
            "" | "native" => Self::Native,
            "wasm" => Self::Wasm,
            other => panic!("LIKENESS_TEST_HOST is {other:?}; it has to be native, wasm, or not set"),
        }
    }

    /// Serves the application on a socket, with its state in a folder.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        state: &Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Serving> {
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let (task, served) = match self {
            Self::Native => {
                let mut options = native_host::Options::new(artifacts::manifest(), state);
                options.variables.clone_from(variables);
                options.allow_loopback = true;
                let host = Arc::new(native_host::Host::load(&options)?);
                (tokio::spawn(Arc::clone(&host).serve(listener, shutdown)), Served::Native(host))
            }
            Self::Wasm => {
                let mut options = runner::Options::new(artifacts::manifest(), state);
                options.cache_dir = artifacts::cache_dir();
                options.variables.clone_from(variables);
                options.allow_loopback = true;
                let runner = Arc::new(runner::Runner::load(options).await?);
                (tokio::spawn(Arc::clone(&runner).serve(listener, shutdown)), Served::Wasm(runner))
            }
        };
        Ok(Serving { stop, task, served })
    }
}

/// An application that is being served.
pub(crate) struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<()>>,
    served: Served,
}

/// What it is served on.
enum Served {
    Native(Arc<native_host::Host>),
    Wasm(Arc<runner::Runner>),
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}

impl Serving {
    /// What the requests of a component asked of its host so far.
    pub(crate) fn host_calls(&self, component: &str) -> Option<HostCalls> {
        match &self.served {
            Served::Native(host) => host.host_calls(component),
            Served::Wasm(runner) => runner.host_calls(component),
        }
    }

    /// Stops it gracefully.
    pub(crate) async fn stop(self) -> Result<()> {
        drop(self.served);
        self.stop.send(()).ok();
        self.task.await.context("the host panicked")?
    }
}
