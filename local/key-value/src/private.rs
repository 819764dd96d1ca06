//! Files and folders that only their owner may use: an application's state is its callers' photos, keys and money.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// What `SQLite` appends to the name of a file for those it keeps beside it.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Makes a folder and those it is in, where they are missing, for their owner alone. One that is there stays as it is.
///
/// # Errors
/// What the file system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Makes an `SQLite` file if it is missing, and takes everybody else's rights from it and from what is kept beside it: `SQLite` gives new
/// ones the rights of the file.
///
/// # Errors
/// What the file system says.
pub fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path)?);
    narrow(path)?;
    for more in BESIDE {
        let mut name = path.as_os_str().to_owned();
        name.push(more);
        match narrow(Path::new(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn narrow(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o177 != 0 {
        permissions.set_mode(permissions.mode() & 0o600);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn narrow(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_made_for_its_owner_alone_and_one_that_is_there_stays_as_it_is() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let parent = tempfile::tempdir().unwrap();
        let there = parent.path().join("there");
        fs::create_dir(&there).unwrap();
        fs::set_permissions(&there, fs::Permissions::from_mode(0o755)).unwrap();
        let made = there.join("made");
        make_folder(&made).unwrap();
        make_folder(&made).unwrap();
        assert_eq!((mode(&there), mode(&made)), (0o755, 0o700));
    }
}
