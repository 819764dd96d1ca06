//! What the tests of fal's and Cog's protocols share: a simulator, and a server that has photos and takes callbacks and uploads.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use gpu_sim::{Options, Simulator};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) const RED: &str = "200-30-30";
pub(crate) const BLUE: &str = "30-30-200";

/// A callback that was received: its headers, and its body as it came, since signatures are over its bytes.
pub(crate) type Callback = (HeaderMap, String);

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) callbacks: Mutex<Vec<Callback>>,
    /// What was uploaded, by the path it was put to.
    pub(crate) uploads: Mutex<BTreeMap<String, (HeaderMap, Vec<u8>)>>,
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) base: String,
    pub(crate) client: Client,
    /// The address of the server with photos and for callbacks.
    pub(crate) own: String,
    pub(crate) server: Arc<Server>,
}

/// Photos of one colour, `r-g-b`.
fn photo_zip(count: usize, color: &str) -> Vec<u8> {
    let channels: Vec<u8> = color.split('-').map(|channel| channel.parse().unwrap()).collect();
    let photo = DynamicImage::ImageRgb8(RgbImage::from_pixel(300, 400, Rgb([channels[0], channels[1], channels[2]])));
    let mut jpeg = Cursor::new(Vec::new());
    photo.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for n in 0..count {
        zip.start_file(format!("photo-{n:02}.jpg"), stored).unwrap();
        zip.write_all(jpeg.get_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Takes a callback. The path says how: the first `count` times with another status.
async fn take(
    State(server): State<Arc<Server>>,
    Path((count, status)): Path<(usize, u16)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let mut callbacks = server.callbacks.lock().unwrap();
    callbacks.push((headers, body));
    let status = if callbacks.len() <= count { StatusCode::from_u16(status).unwrap() } else { StatusCode::OK };
    // For a redirection; nobody should follow it.
    (status, [("location", "/callback/0/200")]).into_response()
}

/// Takes an upload and says that it is somewhere else, behind a query.
async fn store(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let mut uploads = server.uploads.lock().unwrap();
    let name = format!("{}-{name}", uploads.len());
    let location = format!("http://{}/kept/{name}?token=sesame", headers["host"].to_str().unwrap());
    uploads.insert(name, (headers, body.to_vec()));
    (StatusCode::CREATED, [("location", location)]).into_response()
}

async fn kept(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if query.as_deref() != Some("token=sesame") {
        return StatusCode::FORBIDDEN.into_response();
    }
    match server.uploads.lock().unwrap().get(&name) {
        // Every file is smaller than what is asked for.
        Some((_, bytes)) if headers.contains_key("range") => {
            let range = format!("bytes 0-{}/{}", bytes.len() - 1, bytes.len());
            (StatusCode::PARTIAL_CONTENT, [("content-range", range)], bytes.clone()).into_response()
        }
        Some((_, bytes)) => bytes.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn serve() -> (String, Arc<Server>) {
    let server = Arc::<Server>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/zip/{count}/{color}", get(async |path: Path<(usize, String)>| photo_zip(path.0.0, &path.0.1)))
        .route("/page", get(async || "<!doctype html>"))
        .route("/page.safetensors", get(async || "<!doctype html>"))
        .route("/callback/{count}/{status}", post(take))
        .route("/upload/{name}", put(store))
        .route("/refuse/{name}", put(async || StatusCode::INSUFFICIENT_STORAGE))
        .route("/kept/{name}", get(kept))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Arc::clone(&server));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (own, server)
}

/// A quick simulator; `change` is told where the server is.
pub(crate) async fn world(change: impl FnOnce(&mut Options, &str)) -> World {
    let (own, server) = serve().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut options = Options {
        base_url: base.clone(),
        training_time: Duration::from_millis(20),
        picture_time: Duration::from_millis(10),
        retry_pause: Duration::from_millis(5),
        ..Options::default()
    };
    change(&mut options, &own);
    let simulator = Simulator::new(options);
    tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
    World { simulator, base, client: outbound::https().build().unwrap(), own, server }
}

impl World {
    pub(crate) fn request(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if body.is_null() { request } else { request.body(body.to_string()) }
    }

    /// Waits until this many callbacks came.
    pub(crate) async fn callbacks(&self, count: usize) -> Vec<Callback> {
        for _ in 0..1_000 {
            if self.server.callbacks.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.server.callbacks.lock().unwrap().clone()
    }

    /// Waits until this many callbacks came, and a little for more, and gives their statuses.
    pub(crate) async fn told(&self, count: usize) -> Vec<String> {
        self.callbacks(count).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let callbacks = self.server.callbacks.lock().unwrap();
        callbacks.iter().map(|callback| json(callback)["status"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn download(&self, url: &str) -> Vec<u8> {
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        response.bytes().await.unwrap().to_vec()
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-likeness-simulated"], "true");
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

pub(crate) fn json(callback: &Callback) -> Value {
    serde_json::from_str(&callback.1).unwrap()
}

/// What a picture is of. Made with a seed of 0: other seeds may take its colour away.
pub(crate) fn color_of(picture: &[u8]) -> &'static str {
    let picture = image::load_from_memory(picture).unwrap().to_rgb8();
    let [red, _, blue] = picture.get_pixel(picture.width() / 2, picture.height() / 2).0.map(i32::from);
    match red - blue {
        81.. => RED,
        ..-80 => BLUE,
        _ => "neither",
    }
}
