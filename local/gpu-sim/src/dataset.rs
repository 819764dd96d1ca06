//! The training's photos: a zip that is really downloaded, opened and decoded, and small copies of what is in it.

use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::RgbImage;
use image::imageops::FilterType;

use crate::fault::Fault;

/// Largest zip, in bytes.
const ZIP_BYTES_MAX: usize = 400 * 1024 * 1024;
/// Longest time to download it.
const DOWNLOAD_TIME_MAX: Duration = Duration::from_mins(2);
/// Largest entry, in bytes.
const ENTRY_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Longest side of the copies that pictures are made from, in pixels.
const COPY_SIDE_MAX: u32 = 768;

/// Downloads a zip, named in errors by its input's name.
///
/// # Errors
/// In words fit for a job's error.
pub(crate) async fn download(client: &reqwest::Client, url: &str, field: &str) -> Result<Vec<u8>> {
    let file = Download { what: field, bytes_max: ZIP_BYTES_MAX, by: Downloader::Plain };
    file.get(client, url).await
}

/// What downloads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Downloader {
    /// A plain GET.
    Plain,
    /// `pget` 0.8.2, as in cog-flux: it asks for the first part, and learns the size from its `Content-Range`; without one it fails.
    Pget,
}

/// The first part that `pget` asks for: 125 MiB, more than any file here has.
const PGET_RANGE: &str = "bytes=0-131071999";

/// A file to be downloaded.
pub(crate) struct Download<'a> {
    /// What it is, to be named in errors.
    pub(crate) what: &'a str,
    pub(crate) bytes_max: usize,
    pub(crate) by: Downloader,
}

impl Download<'_> {
    pub(crate) async fn get(&self, client: &reqwest::Client, url: &str) -> Result<Vec<u8>> {
        let what = self.what;
        let mut request = client.get(url).timeout(DOWNLOAD_TIME_MAX);
        if self.by == Downloader::Pget {
            request = request.header("range", PGET_RANGE);
        }
        let mut response = request.send().await.with_context(|| format!("{what} could not be downloaded"))?;
        let status = response.status();
        ensure!(status.is_success(), "{what} could not be downloaded: status {}", status.as_u16());
        let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
        let size = range.and_then(|range| range.rsplit('/').next()?.parse::<usize>().ok());
        let is_known = size.is_some() || self.by != Downloader::Pget;
        ensure!(is_known, "{what} could not be downloaded: the answer to a ranged GET has no Content-Range");
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.with_context(|| format!("{what} broke off"))? {
            bytes.extend_from_slice(&chunk);
            ensure!(bytes.len() <= self.bytes_max, "{what} is larger than {} MB", self.bytes_max / (1024 * 1024));
        }
        ensure!(size.is_none_or(|size| size == bytes.len()), "{what} could not be downloaded: some of it is missing");
        Ok(bytes)
    }
}

/// Opens a zip and decodes every photo in it.
///
/// # Errors
/// In words fit for a job's error: not a zip, fewer than `count_min` images, an image that cannot be decoded.
pub(crate) fn open(bytes: Vec<u8>, field: &str, count_min: usize) -> Result<Vec<RgbImage>, Fault> {
    let archive = Fault::of("invalid_archive");
    let opened = zip::ZipArchive::new(Cursor::new(bytes)).with_context(|| format!("{field} is not a zip file"));
    let mut zip = opened.map_err(&archive)?;
    let mut photos = Vec::new();
    for n in 0..zip.len() {
        let mut entry = zip.by_index(n).with_context(|| format!("{field} is damaged")).map_err(&archive)?;
        let Ok(name) = entry.name().map(|name| name.to_string()) else { continue };
        let hidden =
            name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|name| name.starts_with("._"));
        if entry.is_dir() || hidden || !is_image(&name) {
            continue;
        }
        if entry.size() > ENTRY_BYTES_MAX {
            return Err(Fault::new("file_too_large", format!("{name} is too large")));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).with_context(|| format!("{name} is damaged")).map_err(&archive)?;
        let decoded = image::load_from_memory(&bytes).with_context(|| format!("{name} cannot be decoded"));
        let photo = decoded.map_err(Fault::of("image_load_error"))?;
        // Scaling up would cost more than all the rest, and show nothing more.
        let is_small = photo.width().max(photo.height()) <= COPY_SIDE_MAX;
        let copy = if is_small { photo } else { photo.resize(COPY_SIDE_MAX, COPY_SIDE_MAX, FilterType::Triangle) };
        photos.push(copy.into_rgb8());
    }
    if photos.len() < count_min {
        let words = format!("{field} has {} images; at least {count_min} are needed", photos.len());
        return Err(Fault::new("archive_file_count_below_minimum", words));
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

/// Keeps a version's photos no longer.
pub(crate) fn forget(state_dir: &Path, version: &str) {
    if is_version(version) {
        drop(std::fs::remove_dir_all(state_dir.join("versions").join(version)));
    }
}

/// Whether it is the id of a version, and so safe in a path.
fn is_version(version: &str) -> bool {
    !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Finds a version's photos again.
pub(crate) fn load(state_dir: &Path, version: &str) -> Option<Vec<RgbImage>> {
    if !is_version(version) {
        return None;
    }
    let mut files: Vec<_> =
        std::fs::read_dir(state_dir.join("versions").join(version)).ok()?.flatten().map(|file| file.path()).collect();
    files.sort();
    let photos: Vec<RgbImage> = files.iter().filter_map(|file| Some(image::open(file).ok()?.to_rgb8())).collect();
    (!photos.is_empty()).then_some(photos)
}
