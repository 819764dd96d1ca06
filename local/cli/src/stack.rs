//! Everything that has to run, started together: the functions on the runner, the simulated GPU, and a server of sample photos.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gpu_sim::Simulator;
use runner::Runner;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::workspace;

/// How a stack is started.
pub(crate) struct Settings {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Where state is kept.
    pub(crate) state_dir: PathBuf,
    /// The API's port, 0 for a free one.
    pub(crate) port: u16,
    /// The simulated GPU's port, 0 for a free one.
    pub(crate) gpu_port: u16,
}

/// What runs.
pub(crate) struct Stack {
    /// Where the API is.
    pub(crate) api: String,
    /// URLs of the sample photos.
    pub(crate) photos: Vec<String>,
    /// How long the simulated GPU trains.
    pub(crate) training_time: Duration,
    /// How long it takes for a picture.
    pub(crate) picture_time: Duration,
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<()>>,
}

impl Stack {
    /// Starts everything.
    pub(crate) async fn start(settings: &Settings, secrets: &Secrets) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let photos = serve_photos(&settings.root).await?;
        let (gpu, gpu_url) = listen(settings.gpu_port, "--gpu-port").await?;
        let simulator = gpu_sim::Options {
            base_url: gpu_url.clone(),
            token: secrets.replicate_api_token.clone(),
            webhook_secret: secrets.replicate_webhook_secret.clone(),
            state_dir: Some(settings.state_dir.join("gpu")),
            ..gpu_sim::Options::default()
        };
        let (training_time, picture_time) = (simulator.training_time, simulator.picture_time);
        tokio::spawn(Simulator::new(simulator).serve(gpu, until(stopped.clone())));

        let (listener, api) = listen(settings.port, "--port").await?;
        let mut options = runner::Options::new(settings.root.join("spin.toml"), &settings.state_dir);
        options.cache_dir = settings.root.join("target/likeness-cache");
        options.allow_loopback = true;
        options.variables = variables(&api, &gpu_url, secrets);
        let runner = Runner::load(options).await.or_next("build the functions first: cargo likeness build")?;
        let running = tokio::spawn(Arc::new(runner).serve(listener, until(stopped)));
        Ok(Self { api, photos, training_time, picture_time, stop, running })
    }

    /// Stops everything gracefully.
    pub(crate) async fn stop(self) -> Result<()> {
        self.stop.send_replace(true);
        self.running.await?
    }
}

fn variables(api: &str, gpu_url: &str, secrets: &Secrets) -> std::collections::BTreeMap<String, String> {
    let pairs = [
        ("public_url", api),
        ("signing_secret", &secrets.signing_secret),
        ("admin_token", &secrets.admin_token),
        ("replicate_api_token", &secrets.replicate_api_token),
        ("replicate_webhook_secret", &secrets.replicate_webhook_secret),
        ("replicate_base_url", gpu_url),
        ("replicate_output_host", gpu_url),
        ("allow_loopback", "true"),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Listens on this machine only.
pub(crate) async fn listen(port: u16, flag: &str) -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    let listener = listener
        .with_context(|| format!("port {port} cannot be used"))
        .or_next(format!("choose another one with {flag}"))?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone stops it just as well.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

async fn serve_photos(root: &Path) -> Result<Vec<String>> {
    let photos = workspace::photos(root)?;
    let (listener, url) = listen(0, "--port").await?;
    let names = photos.iter().filter_map(|photo| photo.file_name()?.to_str());
    let urls = names.map(|name| format!("{url}/photos/{name}")).collect();
    let router = Router::new().route("/photos/{name}", get(photo)).with_state(Arc::new(photos));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(urls)
}

async fn photo(State(photos): State<Arc<Vec<PathBuf>>>, UrlPath(name): UrlPath<String>) -> Response {
    // Only what is on the list can be asked for, whatever the name says.
    let Some(path) = photos.iter().find(|path| path.file_name().is_some_and(|known| *known == *name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(path).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, "image/*")], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
