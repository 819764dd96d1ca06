//! The training's photos: a zip that is really downloaded, opened and decoded, and small copies of what is in it.

use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use image::RgbImage;
use image::imageops::FilterType;

/// Largest zip, in bytes.
const ZIP_BYTES_MAX: usize = 400 * 1024 * 1024;
/// Longest time to download it.
const DOWNLOAD_TIME_MAX: Duration = Duration::from_mins(2);
/// Largest entry, in bytes.
const ENTRY_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Fewest photos a training takes.
const PHOTOS_MIN: usize = 10;
/// Longest side of the copies that pictures are made from, in pixels.
const COPY_SIDE_MAX: u32 = 768;

/// Downloads a zip.
///
/// # Errors
/// In words fit for a job's `error`.
pub(crate) async fn download(client: &reqwest::Client, url: &str) -> Result<Vec<u8>> {
    let request = client.get(url).timeout(DOWNLOAD_TIME_MAX);
    let mut response = request.send().await.context("input_images could not be downloaded")?;
    ensure!(
        response.status().is_success(),
        "input_images could not be downloaded: status {}",
        response.status().as_u16()
    );
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.context("input_images broke off")? {
        bytes.extend_from_slice(&chunk);
        ensure!(bytes.len() <= ZIP_BYTES_MAX, "input_images is larger than 400 MB");
    }
    Ok(bytes)
}

/// Opens a zip and decodes every photo in it.
///
/// # Errors
/// In words fit for a job's `error`: not a zip, fewer than 10 images, an image that cannot be decoded.
pub(crate) fn open(bytes: Vec<u8>) -> Result<Vec<RgbImage>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).context("input_images is not a zip file")?;
    let mut photos = Vec::new();
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).context("input_images is damaged")?;
        let Ok(name) = entry.name().map(|name| name.to_string()) else { continue };
        if entry.is_dir()
            || name.starts_with("__MACOSX/")
            || name.rsplit('/').next().is_some_and(|name| name.starts_with("._"))
        {
            continue;
        }
        if !is_image(&name) {
            continue;
        }
        ensure!(entry.size() <= ENTRY_BYTES_MAX, "{name} is too large");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).with_context(|| format!("{name} is damaged"))?;
        let photo = image::load_from_memory(&bytes).with_context(|| format!("{name} cannot be decoded"))?;
        photos.push(photo.resize(COPY_SIDE_MAX, COPY_SIDE_MAX, FilterType::Triangle).to_rgb8());
    }
    if photos.len() < PHOTOS_MIN {
        bail!("input_images has {} images; at least {PHOTOS_MIN} are needed", photos.len());
    }
    Ok(photos)
}

fn is_image(name: &str) -> bool {
    let extension = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    matches!(extension.as_str(), "png" | "jpg" | "jpeg" | "bmp" | "gif" | "webp")
}

/// Keeps a version's photos over a restart.
pub(crate) fn save(state_dir: &Path, version: &str, photos: &[RgbImage]) -> Result<()> {
    let folder = state_dir.join("versions").join(version);
    std::fs::create_dir_all(&folder)?;
    for (n, photo) in photos.iter().enumerate() {
        photo.save(folder.join(format!("{n:02}.jpg")))?;
    }
    Ok(())
}

/// Finds a version's photos again.
pub(crate) fn load(state_dir: &Path, version: &str) -> Option<Vec<RgbImage>> {
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut files: Vec<_> =
        std::fs::read_dir(state_dir.join("versions").join(version)).ok()?.flatten().map(|file| file.path()).collect();
    files.sort();
    let photos: Vec<RgbImage> = files.iter().filter_map(|file| Some(image::open(file).ok()?.to_rgb8())).collect();
    (!photos.is_empty()).then_some(photos)
}
