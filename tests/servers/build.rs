//! Build script of the crates whose tests need a server: says which ones this machine has, so that the tests of the others are counted as ignored.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-env-changed=PATH");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_dir()).collect();
    for folder in &folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    for server in ["redis", "valkey"] {
        println!("cargo::rustc-check-cfg=cfg(has_{server})");
        if folders.iter().any(|folder| folder.join(format!("{server}-server")).is_file()) {
            println!("cargo::rustc-cfg=has_{server}");
        }
    }
}
