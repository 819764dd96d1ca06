//! `cargo likeness simulate` and `soak`: programs of their own, which this one builds and runs.

use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::{OrNext, fail};
use crate::{build, workspace};

/// Handed on to the program.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// Handed on; `--help` lists what there is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Lives through simulated histories.
pub(crate) fn simulate(args: &Args) -> Result<()> {
    let next = "replay a seed with `cargo likeness simulate --seed N`; docs/money.md says what has to hold";
    run(&["run", "--profile", "simulation", "--package", "simulation", "--"], args, next)
}

/// Kills the real application again and again.
pub(crate) fn soak(args: &Args) -> Result<()> {
    build::functions(&workspace::root()?)?;
    let next = "run it again with the seed it printed; docs/money.md says what has to hold";
    run(&["run", "--package", "soak", "--"], args, next)
}

fn run(cargo: &[&str], args: &Args, next: &str) -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root()?).args(cargo).args(&args.rest);
    let status = command.status().context("cargo could not be started").or_next("install Rust: https://rustup.rs")?;
    if status.success() {
        return Ok(());
    }
    fail("it did not pass: see above", next)
}
