//! The built functions, by name.
//!
//! Building is not this crate's business: `cargo likeness test` builds them first. A test that finds none says so.

use std::path::{Path, PathBuf};

/// Every function, in the order of the alphabet: its folder, which is also its crate and its component in spin.toml.
///
/// # Panics
/// Where there is no folder of functions.
#[expect(clippy::expect_used, reason = "what a test cannot do without may fail it")]
pub fn functions() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("functions")).expect("the folder of functions").flatten();
    let mut functions: Vec<String> = folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    functions.sort();
    functions
}

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
