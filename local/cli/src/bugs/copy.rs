//! Copies of the source. Only what differs is written, so that cargo builds only that anew.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What cargo needs of a workspace.
const FOLDERS: [&str; 4] = ["components", "functions", "local", "tests"];
/// Kinds of files that crates are made of, by what their names end with.
const KINDS: [&str; 9] = ["rs", "toml", "json", "html", "css", "js", "svg", "txt", "mp4"];
/// What tells the copy's crates from the source's in a target folder that both share.
const MARK: &str = "+bugs";

/// Brings a copy of the workspace up to date, with some files changed or added.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn workspace(root: &Path, to: &Path, changed: Vec<(PathBuf, String)>) -> Result<()> {
    let mut changed: HashMap<PathBuf, String> = changed.into_iter().collect();
    for folder in FOLDERS {
        let had = if to.join(folder).exists() { files(to, Path::new(folder))? } else { Vec::new() };
        let wanted = files(root, Path::new(folder))?;
        for path in &wanted {
            let bytes = match changed.remove(path) {
                Some(text) => text.into_bytes(),
                None => read(&root.join(path))?,
            };
            write(&to.join(path), &bytes)?;
        }
        for path in had.iter().filter(|path| !wanted.contains(path) && !changed.contains_key(*path)) {
            fs::remove_file(to.join(path)).with_context(|| path.display().to_string())?;
        }
    }
    for (path, text) in changed {
        write(&to.join(path), text.as_bytes())?;
    }
    let manifest = String::from_utf8(read(&root.join("Cargo.toml"))?)?;
    write(&to.join("Cargo.toml"), marked(&manifest).as_bytes())?;
    // Cargo writes the mark into it.
    let lock = read(&root.join("Cargo.lock"))?;
    let known = fs::read_to_string(to.join("Cargo.lock")).unwrap_or_default();
    if known.replace(MARK, "").as_bytes() != lock {
        write(&to.join("Cargo.lock"), &lock)?;
    }
    Ok(())
}

/// The workspace's manifest with the mark in its crates' version.
fn marked(manifest: &str) -> String {
    let mut in_package = false;
    let lines = manifest.lines().map(|line| {
        in_package = if line.starts_with('[') { line == "[workspace.package]" } else { in_package };
        match line.strip_suffix('"') {
            Some(start) if in_package && line.starts_with("version = ") => format!("{start}{MARK}\"\n"),
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// Copies a folder below `root` to the same place below `to`.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn folder(root: &Path, to: &Path, folder: &Path) -> Result<()> {
    for path in files(root, folder)? {
        write(&to.join(&path), &read(&root.join(&path))?)?;
    }
    Ok(())
}

/// Writes a file and the folders to it, unless it is there as it should be.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// The source files in a folder below `root`, in order, by their places from there.
///
/// # Errors
/// A folder cannot be read.
pub(crate) fn files(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in names(&root.join(folder))? {
        let path = folder.join(&name);
        if name.starts_with('.') {
            // No crate's: what an editor or a test's Python keeps here.
        } else if root.join(&path).is_dir() {
            found.append(&mut files(root, &path)?);
        } else if path.extension().is_some_and(|extension| KINDS.iter().any(|kind| extension == *kind)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The names of what is in a folder, in order.
///
/// # Errors
/// It cannot be read.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    const MANIFEST: &str = "[workspace.package]\nversion = \"0.1.0\"\n\n[profile.dev]\n";

    fn source() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in FOLDERS {
            write(&root.path().join(folder).join("a/src/lib.rs"), b"// as it is").unwrap();
        }
        write(&root.path().join("Cargo.toml"), MANIFEST.as_bytes()).unwrap();
        write(&root.path().join("Cargo.lock"), b"version = \"0.1.0\"\n").unwrap();
        root
    }

    #[test]
    fn a_copy_has_what_is_changed_and_loses_what_is_gone() {
        let (root, to) = (source(), tempfile::tempdir().unwrap());
        write(&to.path().join("local/gone/src/lib.rs"), b"").unwrap();
        let changed = |text: &str| {
            vec![("components/a/src/lib.rs".into(), text.to_owned()), ("tests/b.rs".into(), text.to_owned())]
        };
        workspace(root.path(), to.path(), changed("// changed")).unwrap();
        let text = |path: &str| fs::read_to_string(to.path().join(path)).unwrap();
        assert_eq!(text("components/a/src/lib.rs"), "// changed");
        assert_eq!(text("tests/b.rs"), "// changed");
        assert_eq!(text("functions/a/src/lib.rs"), "// as it is");
        assert_eq!(text("Cargo.toml"), MANIFEST.replace("0.1.0", "0.1.0+bugs"));
        assert!(!to.path().join("local/gone/src/lib.rs").exists());
    }

    #[test]
    fn what_is_the_same_is_not_written_again() {
        let (root, to) = (source(), tempfile::tempdir().unwrap());
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        workspace(root.path(), to.path(), Vec::new()).unwrap();
        let path = to.path().join("components/a/src/lib.rs");
        fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        write(&to.path().join("Cargo.lock"), b"version = \"0.1.0+bugs\"\n").unwrap();
        workspace(root.path(), to.path(), Vec::new()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
        assert_eq!(fs::read(to.path().join("Cargo.lock")).unwrap(), b"version = \"0.1.0+bugs\"\n");
    }
}
