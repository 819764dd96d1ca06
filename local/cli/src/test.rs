//! `cargo likeness test`: all tests, and what they need.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::fail;
use crate::{build, workspace};

/// What the end-to-end tests run on: the host's own store, or `servers`.
const ENGINES: &str = "LIKENESS_TEST_ENGINES";

/// Build what the tests need and run them all.
#[derive(clap::Args)]
#[command(after_help = "The end-to-end tests run twice: on SQLite, and on a real Redis and a real S3 server. \
Tests of a server that is not on this machine are counted as ignored; redis-server and valkey-server are Debian packages.")]
pub(crate) struct Args {
    /// Handed on to `cargo test`, for example a name, or `-- --nocapture`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root()?;
    build::functions(&root)?;
    cargo_test(&root, &["--workspace"], "", args)?;
    // The S3 server is a crate, which the tests start themselves.
    if is_installed("redis-server") {
        cargo_test(&root, &["--package", "e2e"], "servers", args)?;
    } else {
        println!("SKIPPED: the end-to-end tests on Redis and S3, because there is no redis-server on this machine");
    }
    Ok(())
}

fn cargo_test(root: &Path, packages: &[&str], engines: &str, args: &Args) -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(root).arg("test").args(packages).args(&args.rest).env(ENGINES, engines);
    if command.status().context("cargo could not be started")?.success() {
        return Ok(());
    }
    let again = if engines.is_empty() { String::new() } else { format!("{ENGINES}={engines} ") };
    fail("some tests failed", format!("run a single one with `{again}cargo test {} NAME`", packages.join(" ")))
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
