//! Likeness: a deployment of its own on this machine, with a simulated provider and sample photos; and whatever deployment runs elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::ProviderName;
use gpu_sim::Simulator;
use runner::Runner;
use serde_json::json;
use tokio::process::Command;

use super::host::Kind;
use super::process::Server;
use super::target::{Target, Whose};
use crate::client::{Client, text};
use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::served::listen;
use crate::{simulated, stack};

/// More than any run spends.
const CREDITS: u64 = 100_000_000;
/// Only this machine reaches what runs here.
const ADDRESS: &str = "127.0.0.1";
/// Longest time until one answers: the functions may have to be compiled.
const STARTED_WITHIN: Duration = Duration::from_mins(3);
/// What is measured is no customer that asks too often.
const LIMITS: [(&str, &str); 3] =
    [("requests_per_minute", "1000000000"), ("requests_per_day", "1000000000"), ("open_tasks_max", "100")];

/// A deployment of our own, which can be started and stopped: its state, its address and its secrets stay.
pub(super) struct Deployment {
    kind: Kind,
    root: PathBuf,
    /// Where its state is.
    pub(super) state: PathBuf,
    /// Where compiled functions are kept.
    pub(super) cache: PathBuf,
    port: u16,
    /// Where it is.
    pub(super) url: String,
    /// Its admin token.
    pub(super) admin: String,
    /// Whom it asks.
    pub(super) simulator: Simulator,
    variables: BTreeMap<String, String>,
}

impl Deployment {
    /// One with its state in a folder, and a simulated provider that takes no time.
    pub(super) async fn prepare(kind: Kind, root: &Path, state: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&state)?;
        let secrets = Secrets::of(&state)?;
        let port = free_port().await?;
        let url = format!("http://{ADDRESS}:{port}");
        let (gpu, gpu_url) = listen(ADDRESS, 0, "--gpu-port").await?;
        let mut options = simulated::options(&url, &gpu_url, &secrets, &state)?;
        (options.picture_time, options.training_time) = (Duration::ZERO, Duration::ZERO);
        let mut variables = stack::variables(&url, &secrets);
        variables.extend(simulated::variables(&[ProviderName::Replicate], &options));
        variables.extend(LIMITS.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let simulator = Simulator::new(options);
        let router = simulator.router();
        tokio::spawn(async move { axum::serve(gpu, router).await });
        let (root, cache, admin) = (root.to_owned(), root.join("target/likeness-cache"), secrets.admin_token);
        let deployment = Self { kind, root, state, cache, port, url, admin, simulator, variables };
        if kind == Kind::Runner {
            // What is measured is not the compiler: it is not at work beside it, and leaves everything where servers find it.
            drop(Runner::load(deployment.in_process()).await?);
        }
        Ok(deployment)
    }

    /// Its name in the report.
    pub(super) const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Runner => "Likeness: the Wasm files on the runner",
            Kind::Native => "Likeness: the same handlers natively",
        }
    }

    /// Starts it, and waits until it answers.
    pub(super) async fn start(&self) -> Result<Server> {
        let mut server = self.spawn()?;
        server.until_answered(&self.url, "", STARTED_WITHIN).await?;
        Ok(server)
    }

    /// Starts it, and waits until it answers a customer; how long that took, from the start of its process.
    pub(super) async fn start_for(&self, key: &str) -> Result<(Server, Duration)> {
        let began = std::time::Instant::now();
        let mut server = self.spawn()?;
        server.until_answered(&format!("{}/api/v1/credits", self.url), key, STARTED_WITHIN).await?;
        Ok((server, began.elapsed()))
    }

    fn spawn(&self) -> Result<Server> {
        let kind = match self.kind {
            Kind::Runner => "runner",
            Kind::Native => "native",
        };
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench-host", kind, "--port", &self.port.to_string(), "--state-dir"]).arg(&self.state);
        command.arg("--cache-dir").arg(&self.cache).current_dir(&self.root);
        command
            .envs(self.variables.iter().map(|(name, value)| (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value)));
        Server::spawn(&mut command)
    }

    /// How it is run within this process.
    pub(super) fn in_process(&self) -> runner::Options {
        let mut options = runner::Options::new(self.root.join("spin.toml"), &self.state);
        options.cache_dir.clone_from(&self.cache);
        options.allow_loopback = true;
        options.variables.clone_from(&self.variables);
        options
    }

    /// An account that can spend: its id, and its customer.
    pub(super) async fn customer(&self) -> Result<(String, String)> {
        Client::new(&self.url, &self.admin)?.open_account("bench", CREDITS).await
    }

    /// A customer of it whose things are known, and the server, running.
    pub(super) fn known(&self, account: &str, key: &str, character: &str, server: Server) -> Target {
        Target {
            name: self.name().to_owned(),
            base: self.url.clone(),
            key: key.to_owned(),
            admin: self.admin.clone(),
            account: account.to_owned(),
            character: character.to_owned(),
            whose: Whose::Ours { is_simulated: true },
            server: Some(server),
        }
    }

    /// What is measured of it, running.
    pub(super) async fn target(self) -> Result<Target> {
        let server = self.start().await?;
        let (account, key) = self.customer().await?;
        let character = reference(&Client::new(&self.url, &key)?, &self.root).await?;
        Ok(self.known(&account, &key, &character, server))
    }
}

/// A port that nobody has.
pub(super) async fn free_port() -> Result<u16> {
    Ok(tokio::net::TcpListener::bind((ADDRESS, 0)).await?.local_addr()?.port())
}

/// A deployment that runs already; none where no address is given.
pub(super) async fn at(root: &Path, url: Option<&str>, admin: Option<&str>) -> Result<Option<Target>> {
    let Some(url) = url else { return Ok(None) };
    let admin = admin.context("no admin token").or_next("set LIKENESS_ADMIN_TOKEN to that of the deployment")?;
    let base = url.trim_end_matches('/').to_owned();
    let (account, key) = Client::new(&base, admin)?.open_account("bench", CREDITS).await?;
    let character = reference(&Client::new(&base, &key)?, root).await?;
    let (name, admin, whose) = (format!("Likeness at {url}"), admin.to_owned(), Whose::Ours { is_simulated: false });
    Ok(Some(Target { name, base, key, admin, account, character, whose, server: None }))
}

/// Makes a character that is pictured by a photo: its id.
pub(super) async fn reference(customer: &Client, root: &Path) -> Result<String> {
    let photos = stack::serve_photos(root).await?;
    let body = json!({ "mode": "reference", "image_urls": photos.get(..1) });
    let character = customer.post("/api/v1/characters/create", &body).await?;
    text(&character, "character_id")
}
