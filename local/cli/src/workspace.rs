//! Where the repository is, and what its toolchain has.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::failure::OrNext;

/// The target that functions are built for.
pub(crate) const WASM_TARGET: &str = "wasm32-wasip2";

/// The root of the repository: the nearest folder upwards with a spin.toml.
pub(crate) fn root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().chain(built_in.ancestors()).find(|folder| folder.join("spin.toml").exists());
    found
        .map(Path::to_owned)
        .context("no spin.toml in this folder or above it")
        .or_next("run it from within a clone of Likeness")
}

/// Cargo, called in a folder as by hand. What the cargo that runs us has told us of our own package is left out: build scripts of others ask
/// for it, and would be run again each time it comes or goes, with all that depends on them.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let is_ours =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if is_ours {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The photos that ship with the repository.
pub(crate) fn photos(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("tests/fixtures/photos");
    let mut photos: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    photos.sort();
    Ok(photos)
}

/// Adds the Wasm target to the toolchain if it is missing.
pub(crate) fn ensure_wasm_target(root: &Path) -> Result<()> {
    let output =
        Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(root).output();
    let installed = output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir());
    if installed {
        return Ok(());
    }
    eprintln!("Adding the target {WASM_TARGET} to the Rust toolchain");
    let advice = format!("install it yourself: rustup target add {WASM_TARGET}");
    let status = Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(root).status();
    let status = status.context("rustup could not be started").or_next(&*advice)?;
    ensure_success(status.success(), &advice)
}

fn ensure_success(success: bool, advice: &str) -> Result<()> {
    let check = || -> Result<()> {
        ensure!(success, "rustup could not add the target {WASM_TARGET}");
        Ok(())
    };
    check().or_next(advice)
}
