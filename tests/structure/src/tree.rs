//! Where the crates of the repository are.

use std::path::{Path, PathBuf};

use crate::source::root;

/// The folders of the crates in a folder of the root, in order of their names.
///
/// # Panics
/// Where there is no such folder.
pub fn crates(folder: &str) -> Vec<PathBuf> {
    let mut found = entries(&root().join(folder));
    found.retain(|path| path.join("Cargo.toml").exists());
    found
}

#[expect(clippy::expect_used, reason = "a test that cannot read the source cannot say anything of it")]
fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).expect("the folder is there");
    let mut found = listed.map(|entry| entry.expect("the entry is there").path()).collect::<Vec<_>>();
    found.sort();
    found
}
