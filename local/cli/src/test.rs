//! `cargo likeness test`: all tests, and what they need.

use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::fail;
use crate::{build, workspace};

/// Build what the tests need and run them all.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Handed on to `cargo test`, for example a name, or `-- --nocapture`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root()?;
    build::functions(&root)?;
    let status = Command::new("cargo").current_dir(&root).args(["test", "--workspace"]).args(&args.rest).status();
    if status.context("cargo could not be started")?.success() {
        return Ok(());
    }
    fail("some tests failed", "run a single one with `cargo likeness test NAME`")
}
