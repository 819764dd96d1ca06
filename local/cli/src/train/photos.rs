//! The photos of a folder, checked as the API will check them, so that all that is wrong is told at once.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domain::Format;
use domain::limits::{PHOTOS_MAX, PHOTOS_MIN};
use media::photo::Inspection;

use crate::failure::{OrNext, fail};

/// A photo that can be trained on.
#[derive(Debug)]
pub(super) struct Photo {
    /// Its file.
    pub(super) path: PathBuf,
    /// What it is, by its bytes.
    pub(super) format: Format,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// Finds the photos of a folder, by their names' order. What is no picture by its name is passed over.
///
/// # Errors
/// Every photo that cannot be used, with its reason; or that there are too few or too many.
pub(super) fn find(folder: &Path) -> Result<Vec<Photo>> {
    let next = "name a folder with 10 to 30 photos of one person";
    let files = std::fs::read_dir(folder).with_context(|| folder.display().to_string()).or_next(next)?;
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).filter(|path| is_named_so(path)).collect();
    paths.sort();
    let (mut photos, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&path) {
            Ok(photo) => photos.push(photo),
            Err(reason) => bad.push(format!("{} {reason}", path.display())),
        }
    }
    if !bad.is_empty() {
        return fail(bad.join("\n       "), "take these files out of the folder, or replace them");
    }
    if !(PHOTOS_MIN..=PHOTOS_MAX).contains(&photos.len()) {
        let count = photos.len();
        return fail(format!("{} has {count} photos; {PHOTOS_MIN} to {PHOTOS_MAX} are needed", folder.display()), next);
    }
    Ok(photos)
}

fn is_named_so(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    path.is_file() && ["jpg", "jpeg", "png", "webp"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn read(path: &Path) -> Result<Photo, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut inspection = Inspection::new();
    inspection.push(&bytes).map_err(|problem| problem.to_string())?;
    let metadata = inspection.finish().map_err(|problem| problem.to_string())?;
    Ok(Photo { path: path.to_owned(), format: metadata.format, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(count: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..count {
            image::GrayImage::new(1, 1).save(folder.path().join(format!("{n:02}.png"))).unwrap();
        }
        folder
    }

    #[test]
    fn photos_are_found_in_order_and_other_files_passed_over() {
        let folder = folder_of(10);
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        let photos = find(folder.path()).unwrap();
        assert_eq!((photos.len(), photos[0].format), (10, Format::Png));
        assert!(photos[0].path.ends_with("00.png") && photos[9].path.ends_with("09.png"));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let folder = folder_of(9);
        let few = find(folder.path()).unwrap_err();
        assert!(format!("{few:#}").contains("has 9 photos"), "{few:#}");
        std::fs::write(folder.path().join("a.jpg"), "<html>").unwrap();
        std::fs::write(folder.path().join("b.jpg"), "").unwrap();
        let bad = format!("{:#}", find(folder.path()).unwrap_err());
        assert!(bad.contains("a.jpg is not a JPEG") && bad.contains("b.jpg is empty"), "{bad}");
        assert!(find(&folder.path().join("nowhere")).is_err());
    }
}
