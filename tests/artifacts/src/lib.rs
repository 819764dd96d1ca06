//! The built functions, one constant each.
//!
//! Building is not this crate's business: `cargo likeness test` builds them first. A test that finds none says so.

use std::path::{Path, PathBuf};

/// Every function: its component in spin.toml, which is also its crate.
pub const FUNCTIONS: [&str; 20] = [
    "admin",
    "character",
    "create-character",
    "credits",
    "dataset",
    "deliveries",
    "generate",
    "generate-images",
    "list-characters",
    "model-weights",
    "models",
    "provider-files",
    "provider-webhook",
    "reconcile",
    "results",
    "site",
    "tasks",
    "tools",
    "upload",
    "uploads",
];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The manifest.
pub fn manifest() -> PathBuf {
    root().join("spin.toml")
}

/// Where compiled modules are kept between runs.
pub fn cache_dir() -> PathBuf {
    root().join("target/likeness-cache")
}

/// The Wasm file of a function.
pub fn wasm(function: &str) -> PathBuf {
    root().join("target/wasm32-wasip2/release").join(format!("{}.wasm", function.replace('-', "_")))
}
