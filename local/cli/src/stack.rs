//! Everything that has to run, started together: the functions on the runner, the simulated GPU, and a server of sample photos.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::ProviderName;
use gpu_sim::Simulator;

use crate::secrets::Secrets;
use crate::served::{Served, listen};
use crate::{simulated, workspace};

/// Only this machine reaches what runs here.
const ADDRESS: &str = "127.0.0.1";

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
    /// Who the simulated GPU is, in the order in which they are asked.
    pub(crate) providers: Vec<ProviderName>,
    /// More variables of the application.
    pub(crate) variables: BTreeMap<String, String>,
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
    served: Served,
}

impl Stack {
    /// Starts everything.
    pub(crate) async fn start(settings: &Settings, secrets: &Secrets) -> Result<Self> {
        let photos = serve_photos(&settings.root).await?;
        let (gpu, gpu_url) = listen(ADDRESS, settings.gpu_port, "--gpu-port").await?;
        let (listener, api) = listen(ADDRESS, settings.port, "--port").await?;
        let simulator = simulated::options(&api, &gpu_url, secrets, &settings.state_dir)?;
        let (training_time, picture_time) = (simulator.training_time, simulator.picture_time);

        let mut options = runner::Options::new(settings.root.join("spin.toml"), &settings.state_dir);
        options.cache_dir = settings.root.join("target/likeness-cache");
        options.allow_loopback = true;
        options.variables = variables(&api, secrets);
        options.variables.extend(settings.variables.clone());
        options.variables.extend(simulated::variables(&settings.providers, &simulator));
        let served = Served::start(listener, options).await?;
        tokio::spawn(Simulator::new(simulator).serve(gpu, served.stopped()));
        Ok(Self { api, photos, training_time, picture_time, served })
    }

    /// Stops everything gracefully.
    pub(crate) async fn stop(self) -> Result<()> {
        self.served.stop().await
    }
}

/// What every application on this machine is told.
pub(crate) fn variables(api: &str, secrets: &Secrets) -> BTreeMap<String, String> {
    let pairs = [
        ("public_url", api),
        ("signing_secret", &secrets.signing_secret),
        ("admin_token", &secrets.admin_token),
        ("allow_loopback", "true"),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Serves the photos that ship with the repository; their URLs.
pub(crate) async fn serve_photos(root: &Path) -> Result<Vec<String>> {
    let photos = workspace::photos(root)?;
    let (listener, url) = listen(ADDRESS, 0, "--port").await?;
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
