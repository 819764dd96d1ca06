//! The functions on the runner, at an address.

use std::sync::Arc;

use anyhow::{Context, Result};
use runner::{Runner, When};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::OrNext;

/// An application that is being served.
pub(crate) struct Served {
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<()>>,
}

impl Served {
    /// Serves the functions, which have been built: each is compiled at the latest when somebody waits for it.
    pub(crate) async fn start(listener: TcpListener, options: runner::Options) -> Result<Self> {
        let options = runner::Options { compiled: When::Asked, ..options };
        let (stop, stopped) = watch::channel(false);
        let runner = Runner::load(options).await.or_next("build the functions first: cargo likeness build")?;
        let running = tokio::spawn(Arc::new(runner).serve(listener, until(stopped)));
        Ok(Self { stop, running })
    }

    /// What tells others to stop with it.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        until(self.stop.subscribe())
    }

    /// Stops it gracefully.
    pub(crate) async fn stop(self) -> Result<()> {
        self.stop.send_replace(true);
        self.running.await?
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone stops it just as well.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Listens at an address and a port, which a flag chose.
pub(crate) async fn listen(address: &str, port: u16, flag: &str) -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind((address, port)).await;
    let listener = listener
        .with_context(|| format!("port {port} at {address} cannot be used"))
        .or_next(format!("choose another one with {flag}"))?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
