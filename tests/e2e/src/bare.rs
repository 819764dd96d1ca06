//! The application by itself: no provider, no photos, nothing in its store.

use std::sync::Arc;

use anyhow::Result;
use runner::{Options, Runner};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::SIGNING_SECRET;

/// An application that is served until the runtime of its test ends.
pub struct Bare {
    /// Where it is.
    pub base: String,
    /// What it runs on.
    pub runner: Arc<Runner>,
    _state: TempDir,
}

impl Bare {
    /// Serves it on a free port of this machine, with options of one's own.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve(set: impl FnOnce(&mut Options)) -> Result<Self> {
        let state = TempDir::new()?;
        let mut options = Options::new(artifacts::manifest(), state.path());
        options.cache_dir = artifacts::cache_dir();
        options.variables.insert("signing_secret".to_owned(), SIGNING_SECRET.to_owned());
        set(&mut options);
        let runner = Arc::new(Runner::load(options).await?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        tokio::spawn(Arc::clone(&runner).serve(listener, std::future::pending()));
        Ok(Self { base, runner, _state: state })
    }
}
