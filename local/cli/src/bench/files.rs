//! A plain file server, to compare with: it gives the files of a folder as they are, and keeps what is put there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::served::listen;

/// Bytes that are read at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Bytes of a block that files are filled with.
const BLOCK_BYTES: usize = 1 << 20;
/// Photos, as many as a training takes.
const PHOTOS: usize = 30;
/// Bytes of each, a little below the most that is taken.
const PHOTO_BYTES: usize = 9_900_000;

/// Serves a folder; where that is.
pub(super) async fn serve(folder: &Path) -> Result<String> {
    let (listener, url) = listen("127.0.0.1", 0, "--port").await?;
    let router = Router::new().route("/{name}", get(give).put(keep)).with_state(Arc::new(folder.to_owned()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn give(State(folder): State<Arc<PathBuf>>, UrlPath(name): UrlPath<String>) -> Response {
    let Some((file, length)) = opened(&folder.join(name)).await else { return StatusCode::NOT_FOUND.into_response() };
    let pieces = stream::unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        match file.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(Bytes::from(piece)), file)),
            Err(error) => Some((Err(error), file)),
        }
    });
    ([(header::CONTENT_LENGTH, length.to_string())], Body::from_stream(pieces)).into_response()
}

async fn opened(path: &Path) -> Option<(File, u64)> {
    let file = File::open(path).await.ok()?;
    let length = file.metadata().await.ok()?.len();
    Some((file, length))
}

async fn keep(State(folder): State<Arc<PathBuf>>, UrlPath(name): UrlPath<String>, body: Body) -> StatusCode {
    match written(&folder.join(name), body).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn written(path: &Path, body: Body) -> Result<u64> {
    let mut pieces = body.into_data_stream();
    let (mut file, mut length) = (File::create(path).await?, 0_u64);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        file.write_all(&piece).await?;
        length = length.saturating_add(u64::try_from(piece.len())?);
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(length)
}

/// Copies a file to a folder, to the disk; its bytes.
pub(super) async fn copy(http: &reqwest::Client, url: &str, to: &Path) -> Result<u64> {
    let answer = http.get(url).send().await?.error_for_status()?;
    written(to, Body::new(reqwest::Body::from(answer))).await
}

/// Fetches a file to nowhere; its bytes.
pub(super) async fn fetch(http: &reqwest::Client, url: &str) -> Result<u64> {
    let mut answer = http.get(url).send().await?.error_for_status()?;
    let mut length = 0_u64;
    while let Some(piece) = answer.chunk().await? {
        length = length.saturating_add(u64::try_from(piece.len())?);
    }
    Ok(length)
}

/// A film of so many bytes: a real one, with bytes after its end.
pub(super) fn make_film(root: &Path, size_bytes: usize) -> Result<Bytes> {
    let file = root.join("tests/fixtures/media/faststart.mp4");
    let mut bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
    pad(&mut bytes, size_bytes);
    Ok(bytes.into())
}

/// Puts bytes behind a file's end until it has so many: a random block again and again, so that no two files are alike.
fn pad(bytes: &mut Vec<u8>, size_bytes: usize) {
    let block: Vec<u8> = (0..BLOCK_BYTES / 16).flat_map(|_| rand::random::<u128>().to_le_bytes()).collect();
    while let Some(left) = size_bytes.checked_sub(bytes.len()).filter(|left| *left > 0) {
        bytes.extend_from_slice(block.get(..left).unwrap_or(&block));
    }
}

/// Makes large photos in a folder, each another one: real photos, with bytes after their end, which decoders pass over. Their names.
pub(super) fn make_photos(root: &Path, folder: &Path) -> Result<Vec<String>> {
    std::fs::create_dir_all(folder)?;
    let photos = crate::workspace::photos(root)?;
    let real: Vec<_> = photos.iter().filter(|photo| photo.extension().is_some_and(|ending| ending == "jpg")).collect();
    let mut names = Vec::new();
    for (n, photo) in real.iter().cycle().take(PHOTOS).enumerate() {
        let mut bytes = std::fs::read(photo).with_context(|| photo.display().to_string())?;
        pad(&mut bytes, PHOTO_BYTES);
        let name = format!("large-{n}.jpg");
        std::fs::write(folder.join(&name), bytes)?;
        names.push(name);
    }
    Ok(names)
}
