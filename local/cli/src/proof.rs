//! `cargo likeness simulate` and `soak`: programs of their own, which this one builds and runs.

use std::process::Command;

use anyhow::{Context, Result};

use crate::failure::{OrNext, fail};
use crate::workspace::{self, cargo};
use crate::{bugs, build};

/// The programs' own arguments: looked at here, so that help comes without a build, and handed on as they are.
#[expect(unreachable_pub, reason = "the simulation is a library, too")]
#[path = "../../../tests/simulation/src/args.rs"]
pub(crate) mod simulation;
#[path = "../../../tests/soak/src/args.rs"]
pub(crate) mod soaking;

/// Cargo's setting of where it builds.
const TARGET: &str = "CARGO_TARGET_DIR";

/// Lives through simulated histories.
pub(crate) fn simulate(args: &simulation::Args) -> Result<()> {
    let root = workspace::root()?;
    let target = std::env::var_os(TARGET).map_or_else(|| root.join("target"), |target| root.join(target));
    if args.edit {
        return bugs::edit(&root, &target);
    }
    if args.record {
        return bugs::record(&root, &target);
    }
    let program = ["run", "--profile", "simulation", "--package", "simulation", "--bin"];
    if args.bugs || args.bug.is_some() {
        let next = "see one at work with `cargo likeness simulate --bug NAME`; docs/money.md says what has to hold";
        // Both build in one place, so that they share what everything depends on.
        let mut cargo = cargo(&bugs::make_copy(&root, &target)?);
        return run(cargo.env(TARGET, target).args(program).arg("bugs"), next);
    }
    let next = "replay a seed with `cargo likeness simulate --seed N`; docs/money.md says what has to hold";
    run(cargo(&root).args(program).arg("simulation"), next)
}

/// Kills the real application again and again.
pub(crate) fn soak() -> Result<()> {
    let root = workspace::root()?;
    build::functions(&root)?;
    let next = "run it again with the seed it printed; docs/money.md says what has to hold";
    run(cargo(&root).args(["run", "--bin", "soak"]), next)
}

/// Runs a program with the arguments that came after the command's name.
fn run(cargo: &mut Command, next: &str) -> Result<()> {
    let cargo = cargo.arg("--").args(std::env::args_os().skip(2));
    let status = cargo.status().context("cargo could not be started").or_next("install Rust: https://rustup.rs")?;
    if status.success() {
        return Ok(());
    }
    fail("it did not pass: see above", next)
}
