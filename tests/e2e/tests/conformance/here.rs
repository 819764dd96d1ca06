//! Our side, as providers see it: photos, a place for callbacks, a place for files.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use image::RgbImage;
use tokio::net::TcpListener;
use zip::write::SimpleFileOptions;

/// A callback as it came.
pub(crate) type Callback = (HeaderMap, Bytes);

/// Our side.
#[derive(Clone)]
pub(crate) struct Here {
    pub(crate) url: String,
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
    callbacks: Arc<Mutex<BTreeMap<String, Vec<Callback>>>>,
}

impl Here {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let here = Self { url, files: Arc::default(), callbacks: Arc::default() };
        here.put("photos.zip", photos().into());
        let router = Router::new()
            .route("/files/{*name}", get(read).put(write))
            .route("/callback/{name}", post(hear))
            .layer(DefaultBodyLimit::disable())
            .with_state(here.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        here
    }

    /// Where a file is.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("{}/files/{name}", self.url)
    }

    pub(crate) fn put(&self, name: &str, bytes: Bytes) {
        self.files.lock().unwrap().insert(name.to_owned(), bytes);
    }

    /// Where callbacks of this name go.
    pub(crate) fn callback(&self, name: &str) -> String {
        format!("{}/callback/{name}", self.url)
    }

    /// The callbacks of this name, in their order.
    pub(crate) fn heard(&self, name: &str) -> Vec<Callback> {
        self.callbacks.lock().unwrap().get(name).cloned().unwrap_or_default()
    }
}

async fn read(State(here): State<Here>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    match here.files.lock().unwrap().get(&name) {
        // Every file is smaller than what is asked for.
        Some(bytes) if headers.contains_key(header::RANGE) => {
            let range = format!("bytes 0-{}/{}", bytes.len() - 1, bytes.len());
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], bytes.clone()).into_response()
        }
        Some(bytes) => bytes.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Every upload has a name of its own, whatever it is called.
async fn write(State(here): State<Here>, Path(name): Path<String>, body: Bytes) -> Response {
    let n = here.files.lock().unwrap().len();
    let name = format!("{n}/{name}");
    here.put(&name, body);
    (StatusCode::CREATED, [(header::LOCATION, here.file(&name))]).into_response()
}

async fn hear(State(here): State<Here>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> StatusCode {
    here.callbacks.lock().unwrap().entry(name).or_default().push((headers, body));
    StatusCode::OK
}

/// Twelve photos of one color each.
fn photos() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for n in 0..12_u8 {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let photo = RgbImage::from_pixel(64, 64, image::Rgb([n * 20, 255 - n * 20, 100]));
        photo.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
        archive.start_file(format!("{n:02}.jpg"), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes.get_ref()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
