//! The deliberate bugs: patches in `tests/simulation/bugs`, applied to a copy of the source. The source itself has none of them.
//!
//! All of them are in the copy at once, so that it is compiled once; each is switched on by its name.

mod copy;
mod patch;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::failure::{OrNext, fail};
use patch::{Misfit, Patched};

/// Where the patches are, and what is added to the copy.
const FOLDER: &str = "tests/simulation/bugs";
/// What is added to the copy as it is, and where.
const ADDED: [(&str, &str); 2] =
    [("bug.rs", "components/domain/src/bug.rs"), ("main.rs", "tests/simulation/src/bin/bugs.rs")];
/// The folder of the crates that have bugs: each has a file of patches.
const PATCHED: &str = "components";

const TO_EDIT: &str = "lay them out with `cargo likeness simulate --bugs --edit`, put each hunk where it belongs now, \
then `cargo likeness simulate --bugs --record`";

/// Makes the copy that is built, or brings it up to date, and returns where it is.
///
/// # Errors
/// A patch does not fit the source any more, or a file cannot be read or written.
pub(crate) fn make_copy(root: &Path, target: &Path) -> Result<PathBuf> {
    let (patched, misfits) = patched(root)?;
    if !misfits.is_empty() {
        return fail(list(&misfits), TO_EDIT);
    }
    let folder = target.join("bugs");
    let mut changed: Vec<(PathBuf, String)> = patched.into_iter().map(|file| (file.path.into(), file.text)).collect();
    for (name, place) in ADDED {
        changed.push((place.into(), read(&root.join(FOLDER).join(name))?));
    }
    copy::workspace(root, &folder, changed)?;
    Ok(folder)
}

/// Lays out the components as they are and with the bugs in them, for somebody to edit the latter.
///
/// # Errors
/// There is such a layout already, or a file cannot be read or written.
pub(crate) fn edit(root: &Path, target: &Path) -> Result<()> {
    let folder = layout(target);
    if folder.exists() {
        let message = format!("{} is there already", folder.display());
        return fail(message, "record it with `cargo likeness simulate --bugs --record`, or delete it");
    }
    let (patched, misfits) = patched(root)?;
    for side in ["before", "after"] {
        copy::folder(root, &folder.join(side), Path::new(PATCHED))?;
    }
    for file in &patched {
        copy::write(&folder.join("after").join(&file.path), file.text.as_bytes())?;
    }
    let after = folder.join("after");
    if !misfits.is_empty() {
        println!("{}\nPut them in by hand, in {}.", list(&misfits), after.display());
    }
    println!("Edit what is in {}: a bug is switched on where `domain::bug!(Name)` is true.", after.display());
    println!("Names and what they mean are in {FOLDER}/bug.rs. Then: cargo likeness simulate --bugs --record");
    Ok(())
}

/// Writes the patches anew, from the layout that was edited, and removes it.
///
/// # Errors
/// There is no layout, a hunk names no bug, or a file cannot be read or written.
pub(crate) fn record(root: &Path, target: &Path) -> Result<()> {
    let folder = layout(target);
    if !folder.exists() {
        return fail(format!("there is no {}", folder.display()), "make it: `cargo likeness simulate --bugs --edit`");
    }
    let (before, after) = (folder.join("before"), folder.join("after"));
    let mut written = Vec::new();
    for name in copy::names(&after.join(PATCHED))? {
        let mut patches = String::new();
        for path in copy::files(&after, &Path::new(PATCHED).join(&name))? {
            patches += &patch::create(&path, &read(&before.join(&path))?, &read(&after.join(&path))?)?;
        }
        if !patches.is_empty() {
            written.push((format!("{name}.patch"), patches));
        }
    }
    for path in patch_files(root)? {
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
    }
    for (name, patches) in &written {
        copy::write(&root.join(FOLDER).join(name), patches.as_bytes())?;
    }
    fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    println!("Wrote {} files of patches in {FOLDER}; now: cargo likeness simulate --bugs", written.len());
    Ok(())
}

fn layout(target: &Path) -> PathBuf {
    target.join("bugs-to-edit")
}

/// Every source file that has bugs, with them in it, and the hunks that do not fit.
fn patched(root: &Path) -> Result<(Vec<Patched>, Vec<Misfit>)> {
    let (mut patched, mut misfits) = (Vec::new(), Vec::new());
    for path in patch_files(root)? {
        for file in patch::parse(&read(&path)?)? {
            let source = read(&root.join(&file.path)).unwrap_or_default();
            let (text, mut missed) = file.apply(&source);
            if !source.is_empty() {
                patched.push(Patched { path: file.path, text });
            }
            misfits.append(&mut missed);
        }
    }
    Ok((patched, misfits))
}

fn patch_files(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(FOLDER);
    let paths = copy::names(&folder)?.into_iter().map(|name| folder.join(name));
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "patch")).collect())
}

fn list(misfits: &[Misfit]) -> String {
    let all: Vec<String> = misfits.iter().map(ToString::to_string).collect();
    format!("{} of the bugs' hunks do not fit the source any more\n\n{}", all.len(), all.join("\n"))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| path.display().to_string())
        .or_next("see whether the clone is complete: git status")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_bug_fits_the_source() {
        let (patched, misfits) = patched(&workspace::root().unwrap()).unwrap();
        assert!(misfits.is_empty(), "{}\n\n{TO_EDIT}", list(&misfits));
        assert!(!patched.is_empty());
    }

    #[test]
    fn every_bug_is_in_a_patch() {
        let root = workspace::root().unwrap();
        let names = read(&root.join(FOLDER).join("bug.rs")).unwrap();
        let names = names.split_once("pub enum Bug {").unwrap().1.split_once('}').unwrap().0;
        let names: Vec<&str> = names.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
        let (patched, _) = patched(&root).unwrap();
        let missing = |name: &&&str| !patched.iter().any(|file| file.text.contains(&format!("bug!({name})")));
        assert_eq!(names.iter().find(missing), None);
        assert!(names.len() >= 29, "{}", names.len());
    }

    #[test]
    fn what_is_edited_is_recorded_and_fits_again() {
        let (root, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let source = "fn charge() {\n    if delivered() {\n        take();\n    }\n}\n";
        copy::write(&root.path().join("components/ledger/src/lib.rs"), source.as_bytes()).unwrap();
        copy::write(&root.path().join(FOLDER).join("old.patch"), b"").unwrap();
        edit(root.path(), target.path()).unwrap();
        assert!(edit(root.path(), target.path()).is_err(), "no edit is lost");
        let bug = source.replace("delivered()", "delivered() || domain::bug!(ChargeAll)");
        let edited = layout(target.path()).join("after/components/ledger/src/lib.rs");
        copy::write(&edited, bug.as_bytes()).unwrap();
        record(root.path(), target.path()).unwrap();
        assert!(!root.path().join(FOLDER).join("old.patch").exists());
        let (files, misfits) = patched(root.path()).unwrap();
        assert!(misfits.is_empty());
        assert_eq!(files.into_iter().map(|file| file.text).collect::<Vec<_>>(), [bug]);
    }
}
