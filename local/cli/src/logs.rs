//! Where log lines go, and how they look.

use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How much is logged, unless `RUST_LOG` says otherwise.
fn filter(verbose: bool) -> EnvFilter {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    // Below the application's own events, wasmtime and hyper have nothing to tell.
    let quiet =
        ["hyper_util", "hyper", "reqwest", "wasmtime", "cranelift_codegen", "wasmtime_internal_cranelift", "mio", "h2"];
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    quiet.into_iter().filter_map(|name| format!("{name}=warn").parse().ok()).fold(filter, EnvFilter::add_directive)
}

/// One readable line an event, or one JSON object for machines, on stderr.
pub(crate) fn to_stderr(json: bool, verbose: bool) {
    let colors = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter(verbose)).with_writer(std::io::stderr).with_ansi(colors);
    if json {
        subscriber.json().init();
    } else {
        subscriber.compact().with_target(false).init();
    }
}

/// The same lines to a file.
pub(crate) fn to_file(path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    tracing_subscriber::fmt().with_env_filter(filter(true)).with_ansi(false).with_writer(file).init();
    Ok(())
}
