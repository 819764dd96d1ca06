//! An optimised build of this command, which serves several times as much: used where it is there.
//!
//! What cargo runs is built fast and not optimised, because most of what it does is done once. `cargo likeness build --native` makes the other.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::failure::{OrNext, fail};
use crate::workspace::{self, cargo};

/// The profile it is built with, and the name of its folder under `target`.
const PROFILE: &str = "native";

/// Builds it.
pub(crate) fn build() -> Result<()> {
    let root = workspace::root()?;
    let mut build = cargo(&root);
    build.args(["build", "--bin", "likeness", "--profile", PROFILE]);
    let status = build.status().context("cargo could not be started").or_next("install Rust: https://rustup.rs")?;
    if !status.success() {
        return fail("the optimised build failed", "see what cargo says above");
    }
    println!("`cargo likeness up`, `serve` and `bench` use the optimised build from now on");
    Ok(())
}

/// Goes on as the optimised build, where there is one that is not older than this one. Tells which of them serves.
///
/// # Errors
/// It is there and cannot be started.
pub(crate) fn hand_over() -> Result<()> {
    let here = std::env::current_exe()?;
    let there = beside(&here).context("the command is in no folder")?;
    match choose(&here, changed(&here), changed(&there).map(|at| (there, at))) {
        Choice::Itself => {}
        Choice::None => {
            eprintln!(
                "Serving from the everyday build; `cargo likeness build --native` makes one that serves several times as much"
            );
        }
        Choice::Old(there) => {
            eprintln!(
                "{} is older than this command and is not used; `cargo likeness build --native` renews it",
                there.display()
            );
        }
        Choice::Newer(there) => {
            eprintln!("Serving from the optimised build, {}", there.display());
            replace(&there).map(|never| match never {})?;
        }
    }
    Ok(())
}

fn replace(there: &Path) -> Result<Infallible> {
    let failed = Command::new(there).args(std::env::args_os().skip(1)).exec();
    Err(failed).with_context(|| there.display().to_string()).or_next("build it again: cargo likeness build --native")
}

/// Which of the two serves.
#[derive(Debug, PartialEq, Eq)]
enum Choice {
    /// This one is the optimised one.
    Itself,
    /// This one: there is no other.
    None,
    /// This one: the other was built before it.
    Old(PathBuf),
    /// The other.
    Newer(PathBuf),
}

fn choose(here: &Path, built: Option<SystemTime>, other: Option<(PathBuf, SystemTime)>) -> Choice {
    match other {
        Some((there, _)) if there == here => Choice::Itself,
        Some((there, at)) if built.is_some_and(|built| built > at) => Choice::Old(there),
        Some((there, _)) => Choice::Newer(there),
        None => Choice::None,
    }
}

/// Where the optimised build of a command is: in the folder of its profile, beside that of this one's.
fn beside(here: &Path) -> Option<PathBuf> {
    let target = here.parent()?.parent()?;
    Some(target.join(PROFILE).join(here.file_name()?))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_optimised_build_serves_unless_it_is_older() {
        let here = Path::new("/clone/target/debug/likeness");
        let there = beside(here).unwrap();
        assert_eq!(there, Path::new("/clone/target/native/likeness"));
        let (early, late) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(choose(here, Some(early), None), Choice::None);
        assert_eq!(choose(here, Some(early), Some((there.clone(), late))), Choice::Newer(there.clone()));
        assert_eq!(choose(here, Some(late), Some((there.clone(), early))), Choice::Old(there.clone()));
        assert_eq!(choose(&there, Some(late), Some((there.clone(), late))), Choice::Itself);
    }
}
