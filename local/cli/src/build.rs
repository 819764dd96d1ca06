//! Building the functions.

use std::path::Path;

use anyhow::{Context, Result};

use crate::failure::{OrNext, fail};
use crate::optimized;
use crate::workspace::{self, WASM_TARGET, cargo};

/// Build the functions (Wasm components), or this command anew for speed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build this command optimised: `up`, `serve` and `bench` use that where it is there (takes some minutes)
    #[arg(long)]
    native: bool,
}

/// `cargo likeness build`.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.native {
        return optimized::build();
    }
    let root = workspace::root()?;
    functions(&root)?;
    println!("The functions are in {}", root.join("target").join(WASM_TARGET).join("release").display());
    Ok(())
}

/// Builds all functions; cargo shows its own progress, and next to nothing when nothing changed.
pub(crate) fn functions(root: &Path) -> Result<()> {
    workspace::ensure_wasm_target(root)?;
    let mut build = cargo(root);
    build.args(["build", "--release", "--target", WASM_TARGET]);
    for entry in std::fs::read_dir(root.join("functions")).context("the folder functions")?.flatten() {
        build.arg("--package").arg(entry.file_name());
    }
    let status = build.status().context("cargo could not be started").or_next("install Rust: https://rustup.rs")?;
    if status.success() {
        return Ok(());
    }
    fail(
        "the functions could not be built",
        "see what cargo says above; `rustup update` helps where the toolchain is too old",
    )
}
