//! Likeness: the Wasm files on the runner, the same handlers natively, and whatever deployment runs elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::ProviderName;
use serde_json::json;

use super::target::Target;
use crate::client::{Client, text};
use crate::failure::OrNext;
use crate::secrets::Secrets;
use crate::served::{Served, listen};
use crate::{simulated, stack};

/// More than any grant adds in a run.
const CREDITS: u64 = 1_000;
/// Only this machine reaches what runs here.
const ADDRESS: &str = "127.0.0.1";

/// The functions as they are deployed, on the runner.
pub(super) async fn on_the_runner(root: &Path, scratch: &Path) -> Result<Target> {
    let state = scratch.join("runner");
    let (listener, api, variables, admin) = prepare(&state).await?;
    let mut options = runner::Options::new(root.join("spin.toml"), &state);
    options.cache_dir = root.join("target/likeness-cache");
    options.allow_loopback = true;
    options.variables = variables;
    let served = Served::start(listener, options).await?;
    furnish("Likeness: the Wasm files on the runner", api, admin, root, Box::new(served)).await
}

/// The same handlers in this process: what is left to gain below them.
pub(super) async fn natively(root: &Path, scratch: &Path) -> Result<Target> {
    let state = scratch.join("native");
    let (listener, api, variables, admin) = prepare(&state).await?;
    let mut options = native_host::Options::new(root.join("spin.toml"), &state);
    options.allow_loopback = true;
    options.variables = variables;
    let host = Arc::new(native_host::Host::load(&options)?);
    let serving = Aborted(tokio::spawn(host.serve(listener, std::future::pending())));
    furnish("Likeness: the same handlers natively", api, admin, root, Box::new(serving)).await
}

/// A deployment that runs already; none where no address is given.
pub(super) async fn at(url: Option<&str>, admin: Option<&str>) -> Result<Option<Target>> {
    let Some(url) = url else { return Ok(None) };
    let admin = admin.context("no admin token").or_next("set LIKENESS_ADMIN_TOKEN to that of the deployment")?;
    let root = crate::workspace::root()?;
    let name = format!("Likeness at {url}");
    furnish(&name, url.trim_end_matches('/').to_owned(), admin.to_owned(), &root, Box::new(())).await.map(Some)
}

/// A task that ends with this.
struct Aborted<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type Prepared = (tokio::net::TcpListener, String, BTreeMap<String, String>, String);

async fn prepare(state: &Path) -> Result<Prepared> {
    std::fs::create_dir_all(state)?;
    let secrets = Secrets::of(state)?;
    let (listener, api) = listen(ADDRESS, 0, "--port").await?;
    // Nobody is asked for anything: a character that is pictured by its photos needs a provider that could.
    let simulator = simulated::options(&api, "http://127.0.0.1:9", &secrets, state)?;
    let mut variables = stack::variables(&api, &secrets);
    variables.extend(simulated::variables(&[ProviderName::Replicate], &simulator));
    Ok((listener, api, variables, secrets.admin_token))
}

/// An account with a character that is ready, and the task that made it so.
async fn furnish(
    name: &str,
    base: String,
    admin: String,
    root: &Path,
    running: Box<dyn std::any::Any>,
) -> Result<Target> {
    let operator = Client::new(&base, &admin)?;
    let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "bench", "credits": CREDITS })).await?;
    let account = text(&opened, "account_id")?;
    let made = operator.post(&format!("/api/v1/admin/accounts/{account}/keys"), &json!({ "label": "bench" })).await?;
    let key = text(&made, "key")?;
    let photos = stack::serve_photos(root).await?;
    let body = json!({ "mode": "reference", "image_urls": photos.get(..1) });
    let character = Client::new(&base, &key)?.post("/api/v1/characters/create", &body).await?;
    let character = text(&character, "character_id")?;
    Ok(Target { name: name.to_owned(), base, key, admin, account, character, _running: running })
}
