//! The application in a process of its own, so that it can be killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use e2e::Actor;
use runner::Runner;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// The provider's API token.
pub(crate) const API_TOKEN: &str = "r8_soak";
/// Signs the provider's callbacks.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ADMIN_TOKEN: &str = "the-operators-token-of-the-soak";

/// After how long a training is given up, in minutes.
pub(crate) const TRAINING_DEADLINE_MINUTES: u64 = 1;

/// How long the application may take to answer after its start: the first time, its functions are compiled.
const START_TIME_MAX: Duration = Duration::from_mins(3);

/// The application, running or killed.
pub(crate) struct Application {
    /// Where it is.
    pub(crate) base: String,
    settings: Value,
    child: Child,
}

impl Application {
    /// Starts it on a free port.
    pub(crate) async fn start(state: &Path, gpu_url: &str, store_url: &str, fal_url: &str) -> Result<Self> {
        // Free now, and asked for again at every start: callbacks find it there.
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
        let settings = json!({ "address": address, "state": state, "gpu_url": gpu_url, "store_url": store_url, "fal_url": fal_url });
        let application = Self { base: format!("http://{address}"), child: spawn(&settings)?, settings };
        application.until_it_answers().await?;
        Ok(application)
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("the application could not be killed")
    }

    /// Starts it again, on the same state.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.child = spawn(&self.settings)?;
        self.until_it_answers().await
    }

    /// The operator.
    pub(crate) fn operator(&self) -> Actor {
        Actor::new(&self.base).with_token(ADMIN_TOKEN)
    }

    async fn until_it_answers(&self) -> Result<()> {
        let began = std::time::Instant::now();
        while began.elapsed() < START_TIME_MAX {
            if Actor::new(&self.base).get("/").await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the application does not answer")
    }
}

fn spawn(settings: &Value) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--serve").arg(settings.to_string()).stdin(Stdio::null()).kill_on_drop(true);
    command.spawn().context("the application could not be started")
}

/// What the child does: serves the application until it is killed.
pub(crate) async fn serve(settings: &str) -> Result<()> {
    let settings: Value = serde_json::from_str(settings)?;
    let text = |name: &str| settings[name].as_str().map(str::to_owned).with_context(|| name.to_owned());
    let (address, gpu_url, store_url) = (text("address")?, text("gpu_url")?, text("store_url")?);
    let fal_url = text("fal_url")?;
    let mut options = runner::Options::new(artifacts::manifest(), PathBuf::from(text("state")?));
    options.cache_dir = artifacts::cache_dir();
    options.allow_loopback = true;
    let variables = [
        ("public_url", format!("http://{address}")),
        ("store_url", store_url.clone()),
        ("store_host", store_url),
        ("signing_secret", "the-signing-secret-of-the-soak-test".to_owned()),
        ("admin_token", ADMIN_TOKEN.to_owned()),
        ("replicate_api_token", API_TOKEN.to_owned()),
        ("replicate_webhook_secret", WEBHOOK_SECRET.to_owned()),
        ("replicate_base_url", gpu_url.clone()),
        ("replicate_output_host", gpu_url),
        ("providers", if fal_url.is_empty() { "replicate" } else { "replicate,fal" }.to_owned()),
        ("fal_key", if fal_url.is_empty() { "" } else { "id:secret" }.to_owned()),
        ("fal_queue_url", fal_url.clone()),
        ("fal_rest_url", fal_url),
        ("generation_wait_seconds", "20".to_owned()),
        ("training_deadline_minutes", TRAINING_DEADLINE_MINUTES.to_string()),
        ("generation_deadline_minutes", "1".to_owned()),
        ("requests_per_minute", "1000000".to_owned()),
        ("requests_per_day", "1000000".to_owned()),
        ("allow_loopback", "true".to_owned()),
    ];
    options.variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let runner = Arc::new(Runner::load(options).await?);
    runner.serve(TcpListener::bind(address).await?, std::future::pending()).await
}
