//! `cargo likeness test`: all tests, and what they need.

use std::path::Path;

use anyhow::{Context, Result};

use crate::build;
use crate::failure::fail;
use crate::workspace::{self, cargo};

/// What the contract suite runs on: the host's own store, or `servers`.
const ENGINES: &str = "LIKENESS_TEST_ENGINES";
/// What serves the application to it: `native`, or `wasm`.
const HOST: &str = "LIKENESS_TEST_HOST";

/// The tests of the record, of the runner, and of the contract. Always the whole workspace, narrowed by target: another choice of packages
/// would resolve other features, and build half of the dependencies again.
const WASM: &[&str] = &["--test", "record", "--test", "it", "--test", "serve"];
/// The tests of the contract.
const CONTRACT: &[&str] = &["--test", "it"];
/// Passes over what needs a Wasm file of its own, whatever serves the contract.
const SKIP_WASM: &[&str] = &["--skip", "wasm::"];

/// Run all tests that need no Wasm, or with --wasm those on the functions as they are deployed.
#[derive(clap::Args)]
#[command(
    after_help = "Without --wasm the contract suite runs in process, within a minute. With it the functions are built, \
and the suite runs on them twice: on SQLite, and on a real Redis and a real S3 server. Tests of a server that is not on this \
machine are counted as ignored; redis-server and valkey-server are Debian packages."
)]
pub(crate) struct Args {
    /// Build the functions, and test the Wasm files under the runner
    #[arg(long)]
    wasm: bool,
    /// Handed on to `cargo test`, for example a name, or `-- --nocapture`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root()?;
    if !args.wasm {
        return cargo_test(&root, &[], SKIP_WASM, &[(HOST, "native"), (ENGINES, "")], &args.rest);
    }
    build::functions(&root)?;
    cargo_test(&root, WASM, &[], &[(HOST, "wasm"), (ENGINES, "")], &args.rest)?;
    // The S3 server is a crate, which the tests start themselves.
    if is_installed("redis-server") {
        cargo_test(&root, CONTRACT, SKIP_WASM, &[(HOST, "wasm"), (ENGINES, "servers")], &args.rest)?;
    } else {
        println!("SKIPPED: the contract suite on Redis and S3, because there is no redis-server on this machine");
    }
    Ok(())
}

fn cargo_test(root: &Path, targets: &[&str], skip: &[&str], variables: &[(&str, &str)], rest: &[String]) -> Result<()> {
    // What is handed on may have a part for cargo and a part for the tests.
    let (for_cargo, for_tests) = rest.split_at(rest.iter().position(|word| word == "--").unwrap_or(rest.len()));
    let mut command = cargo(root);
    command.args(["test", "--workspace"]).args(targets).args(for_cargo).arg("--").args(skip);
    command.args(for_tests.iter().skip(1)).envs(variables.iter().copied());
    if command.status().context("cargo could not be started")?.success() {
        return Ok(());
    }
    let set = variables.iter().filter(|(_, value)| !value.is_empty());
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={value}")).collect();
    let again = [set.join(" "), "cargo test --workspace".to_owned(), targets.join(" "), "NAME".to_owned()].join(" ");
    fail("some tests failed", format!("run a single one with `{again}`"))
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
