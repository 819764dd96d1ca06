//! Our side of a column, as a process of its own: the runner or the native host, and nothing beside it. Its variables are in its environment.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use crate::served::{Served, listen};
use crate::ui::asked_to_stop;
use crate::workspace;

/// Serve one column of `cargo likeness bench`, until it is asked to stop.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What it runs on
    #[arg(value_enum)]
    pub(super) kind: Kind,
    /// Its port, on this machine
    #[arg(long)]
    pub(super) port: u16,
    /// Where state is kept
    #[arg(long)]
    pub(super) state_dir: PathBuf,
    /// Where compiled functions are kept
    #[arg(long)]
    pub(super) cache_dir: PathBuf,
}

/// What serves the application.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The Wasm files on the runner.
    Runner,
    /// The same handlers without Wasm.
    Native,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let manifest = workspace::root()?.join("spin.toml");
    let (listener, _) = listen("127.0.0.1", args.port, "--port").await?;
    match args.kind {
        Kind::Runner => {
            let mut options = runner::Options::new(manifest, args.state_dir);
            options.cache_dir = args.cache_dir;
            options.allow_loopback = true;
            let served = Served::start(listener, options).await?;
            asked_to_stop().await;
            served.stop().await
        }
        Kind::Native => {
            let mut options = native_host::Options::new(manifest, args.state_dir);
            options.allow_loopback = true;
            Arc::new(native_host::Host::load(&options)?).serve(listener, asked_to_stop()).await
        }
    }
}
