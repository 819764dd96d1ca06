//! A server of photos: the fixtures, and everything that can be wrong with a photo.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use image::{DynamicImage, ImageFormat};
use tokio::net::TcpListener;

/// The photos' server, and what was asked of it.
#[derive(Clone, Debug)]
pub struct Photos {
    base: String,
    requests: Arc<AtomicUsize>,
}

impl Photos {
    /// Serves on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let photos = Self { base: format!("http://{}", listener.local_addr()?), requests: Arc::default() };
        let seen = Arc::default();
        let router = Router::new()
            .route("/{name}", get(serve_one))
            .route("/redirect/{hops}", get(redirect))
            .route("/media/{name}", get(media))
            .route("/parts/{name}", get(part_of_media))
            .route("/unsized/{name}", get(unsized_one))
            .route("/growing/{name}", get(growing_one))
            .route("/half/{name}", get(half_of_one))
            .route("/busy/{status}/{name}", get(busy_at_first))
            .route("/after/{seconds}/{name}", get(late))
            .route("/sounds/{name}", get(sound))
            .route("/other/{name}", get(other_every_time))
            .route("/moved/{status}/{place}", get(moved))
            .route("/swapped/{n}/{name}", get(move |path| swapped(Arc::clone(&seen), path)))
            .with_state(Arc::clone(&photos.requests));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(photos)
    }

    /// URLs of this many good photos, all different.
    pub fn urls(&self, count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{}/{}?n={n}", self.base, fixture(n))).collect()
    }

    /// The URL of something else the server has.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// How often the server was asked for anything.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/photos"))
}

/// The `n`th fixture: formats in turn as in the folder. There are 20; more repeat them.
fn fixture(n: usize) -> String {
    let number = n % 20 + 1;
    let extension = match number % 5 {
        4 => "png",
        0 => "webp",
        _ => "jpg",
    };
    format!("portrait-{number:02}.{extension}")
}

async fn serve_one(State(requests): State<Arc<AtomicUsize>>, Path(name): Path<String>) -> Response {
    requests.fetch_add(1, Ordering::SeqCst);
    let jpeg = [(header::CONTENT_TYPE, "image/jpeg")];
    match name.as_str() {
        "missing.jpg" => StatusCode::NOT_FOUND.into_response(),
        "broken.jpg" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "empty.jpg" => (jpeg, Vec::new()).into_response(),
        "page.jpg" => (jpeg, "<!doctype html><p>not a photo").into_response(),
        "gif.jpg" => (jpeg, b"GIF89a\x01\x00\x01\x00".to_vec()).into_response(),
        "cut.jpg" => (jpeg, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01".to_vec()).into_response(),
        "heic.jpg" => (jpeg, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec()).into_response(),
        "large.jpg" => (jpeg, jpeg_padded(99 * 1024 * 1024 / 10).await).into_response(),
        "huge.jpg" => (jpeg, jpeg_of(11 * 1024 * 1024)).into_response(),
        "small.png" => (jpeg, small_png()).into_response(),
        "blurred.jpg" => (jpeg, changed(|photo| photo.blur(12.0)).await).into_response(),
        "dark.jpg" => (jpeg, changed(|photo| photo.brighten(-215)).await).into_response(),
        "garbled.png" => (jpeg, garbled_png()).into_response(),
        "placed.jpg" => (jpeg, jpeg_with_exif(&latitude()).await).into_response(),
        "located.jpg" => (jpeg, jpeg_located().await).into_response(),
        "slow.jpg" => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            StatusCode::OK.into_response()
        }
        _ => match tokio::fs::read(folder().join(&name)).await {
            Ok(bytes) => (jpeg, bytes).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

/// A photo that does not say how large it is.
async fn unsized_one(Path(name): Path<String>) -> Response {
    let bytes = tokio::fs::read(folder().join(name)).await.unwrap_or_default();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let pieces = [first.to_vec(), second.to_vec()].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    Body::from_stream(futures_util::stream::iter(pieces)).into_response()
}

/// A photo whose server takes its time.
async fn late(state: State<Arc<AtomicUsize>>, Path((seconds, name)): Path<(u64, String)>) -> Response {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    serve_one(state, Path(name)).await
}

/// A photo whose server is busy at every first time that it is asked for.
async fn busy_at_first(
    State(requests): State<Arc<AtomicUsize>>,
    Path((status, name)): Path<(u16, String)>,
) -> Response {
    if requests.fetch_add(1, Ordering::SeqCst) % 2 == 0 {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        return (status, [(header::RETRY_AFTER, "1")]).into_response();
    }
    tokio::fs::read(folder().join(name)).await.unwrap_or_default().into_response()
}

/// A sound that is quick to make: three seconds of AAC, or an hour of MP3 with 1,000 bytes a second.
async fn sound(Path(name): Path<String>) -> Response {
    let (frame, length, count): (&[u8], _, _) = match name.as_str() {
        "three-seconds.aac" => (b"\xff\xf1\x6c\x40\x0c\x9f\xfc", 100, 24),
        "hour.mp3" => (b"\xff\xf3\x18\xc0", 3_600_000, 1),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let mut whole = frame.to_vec();
    whole.resize(length, 0);
    whole.repeat(count).into_response()
}

/// A film for whoever asks first, and something else for the next one.
async fn other_every_time(State(requests): State<Arc<AtomicUsize>>, Path(name): Path<String>) -> Response {
    if requests.fetch_add(1, Ordering::SeqCst) > 0 {
        return vec![0; 1_000].into_response();
    }
    media(Path(name)).await
}

/// A photo for whoever asks first under a number, and another one for everybody after that.
async fn swapped(seen: Arc<Mutex<HashSet<String>>>, Path((n, name)): Path<(String, String)>) -> Response {
    let is_first = seen.lock().is_ok_and(|mut seen| seen.insert(n));
    let name = if is_first { name } else { "portrait-06.jpg".to_owned() };
    media(Path(format!("../photos/{name}"))).await
}

/// An answer that leads to a place, as some server writes it.
async fn moved(Path((status, place)): Path<(u16, String)>) -> Response {
    let location: Option<&[u8]> = match place.as_str() {
        "beside" => Some(b"../../portrait-01.jpg"),
        "letters" => Some(b"/moved/302/beside?a b=\xc3\xa9\xe9#top"),
        "nowhere" => None,
        _ => Some(b"ftp://127.0.0.1/portrait-01.jpg"),
    };
    let mut answer = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND).into_response();
    if let Some(value) = location.and_then(|place| HeaderValue::from_bytes(place).ok()) {
        answer.headers_mut().insert(header::LOCATION, value);
    }
    answer
}

/// The first half of a photo, as if that were all of it.
async fn half_of_one(Path(name): Path<String>) -> Response {
    let mut bytes = tokio::fs::read(folder().join(name)).await.unwrap_or_default();
    bytes.truncate(bytes.len() / 2);
    bytes.into_response()
}

/// A photo that does not say how large it is, and is larger every time.
async fn growing_one(State(requests): State<Arc<AtomicUsize>>, Path(name): Path<String>) -> Response {
    let mut bytes = tokio::fs::read(folder().join(name)).await.unwrap_or_default();
    bytes.resize(bytes.len() + requests.fetch_add(1, Ordering::SeqCst) + 1, 0);
    let whole = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes))]);
    Body::from_stream(whole).into_response()
}

/// A song or a video, always whole.
async fn media(Path(name): Path<String>) -> Response {
    match tokio::fs::read(folder().join("../media").join(name)).await {
        Ok(bytes) => bytes.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The part of a song or a video that is asked for.
async fn part_of_media(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Ok(bytes) = tokio::fs::read(folder().join("../media").join(name)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()?.strip_prefix("bytes="));
    let range = range.and_then(|range| range.split_once('-'));
    let Some((Ok(first), Ok(last))) = range.map(|(first, last)| (first.parse::<usize>(), last.parse::<usize>())) else {
        return bytes.into_response();
    };
    let end = last.saturating_add(1).min(bytes.len());
    let Some(part) = bytes.get(first..end) else { return StatusCode::RANGE_NOT_SATISFIABLE.into_response() };
    let said = format!("bytes {first}-{}/{}", end.saturating_sub(1), bytes.len());
    (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, said)], part.to_vec()).into_response()
}

/// Redirects this many times and then gives a photo.
async fn redirect(Path(hops): Path<usize>) -> Redirect {
    match hops.checked_sub(1) {
        Some(0) | None => Redirect::temporary("/portrait-01.jpg"),
        Some(left) => Redirect::temporary(&format!("/redirect/{left}")),
    }
}

/// A real photo with bytes after its end, which decoders pass over.
async fn jpeg_padded(size: usize) -> Vec<u8> {
    let mut bytes = tokio::fs::read(folder().join("portrait-01.jpg")).await.unwrap_or_default();
    bytes.resize(size, 0);
    bytes
}

/// What [`Photos`]' `located.jpg` says of where it was taken.
pub const PLACE: &str = "48 deg 12' 29.5\" N";

/// A real photo that lies on its side, and says so and where it was taken: in Exif data, and in a comment.
async fn jpeg_located() -> Vec<u8> {
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0\x02\0".as_slice(),
        b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
        b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0",
        PLACE.as_bytes(),
    ];
    let segment = |marker, content: Vec<u8>| {
        let length = u16::try_from(content.len()).unwrap_or_default().saturating_add(2).to_be_bytes();
        [[0xff, marker], length].concat().into_iter().chain(content)
    };
    let mut bytes = tokio::fs::read(folder().join("portrait-01.jpg")).await.unwrap_or_default();
    let said = segment(0xe1, exif.concat()).chain(segment(0xfe, PLACE.into()));
    bytes.splice(2..2, said.collect::<Vec<_>>());
    bytes
}

/// A fixture with something done to it.
async fn changed(change: impl FnOnce(DynamicImage) -> DynamicImage) -> Vec<u8> {
    let photo = tokio::fs::read(folder().join("portrait-02.jpg")).await.unwrap_or_default();
    let mut file = Cursor::new(Vec::new());
    let written = image::load_from_memory(&photo).map(|photo| change(photo).write_to(&mut file, ImageFormat::Jpeg));
    written.map(|_| file.into_inner()).unwrap_or_default()
}

/// Exif data with a latitude, and which turn the picture by a quarter.
fn latitude() -> Vec<u8> {
    [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02".as_slice(),
        b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0",
        b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0",
        b"\0\x01\0\x02\0\x05\0\0\0\x03\0\0\0\x38\0\0\0\0",
        &[0; 24],
    ]
    .concat()
}

async fn jpeg_with_exif(exif: &[u8]) -> Vec<u8> {
    let mut bytes = tokio::fs::read(folder().join("portrait-06.jpg")).await.unwrap_or_default();
    let length = u16::try_from(exif.len()).unwrap_or_default().saturating_add(2).to_be_bytes();
    bytes.splice(2..2, [0xff, 0xe1].into_iter().chain(length).chain(exif.iter().copied()));
    bytes
}

/// A PNG that is whole, with something else in it than a picture.
fn garbled_png() -> Vec<u8> {
    let chunk = |name: [u8; 4], content: &[u8]| {
        let named = [&name, content].concat();
        let size = u32::try_from(content.len()).unwrap_or_default().to_be_bytes();
        [&size[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
    };
    let header = [&600_u32.to_be_bytes()[..], &600_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let (header, data, end) =
        (chunk(*b"IHDR", &header), chunk(*b"IDAT", b"not what was compressed"), chunk(*b"IEND", b""));
    [b"\x89PNG\r\n\x1a\n".as_slice(), &header, &data, &end].concat()
}

fn jpeg_of(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    bytes.iter_mut().zip(b"\xff\xd8\xff\xe0").for_each(|(byte, magic)| *byte = *magic);
    bytes
}

/// A PNG of 300 x 400 pixels.
fn small_png() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let written = image::GrayImage::new(300, 400).write_to(&mut file, image::ImageFormat::Png);
    written.map(|()| file.into_inner()).unwrap_or_default()
}
