//! The world: functions, simulator and photos, started together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Secret;
use gpu_sim::{JobView, Misbehaviour};
use host_calls::HostCalls;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use webhook::link::{LinkKey, Purpose};

use crate::host::Serving;
use crate::{Actor, Answer, Engines, Gpu, Host, Photos, Running};

/// The admin token of every world.
pub const ADMIN_TOKEN: &str = "the-operators-token-of-tests";
/// The signing secret of every world, for tests that make links themselves.
pub const SIGNING_SECRET: &str = "the-signing-secret-of-tests";
/// The webhook secret of every world, for tests that make callbacks themselves.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The token of Replicate, in every world.
pub const API_TOKEN: &str = "r8_tests";

/// What is special about a world.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a generation waits for its pictures.
    pub generation_wait: Duration,
    /// How long the simulator trains.
    pub training_time: Duration,
    /// How the simulator misbehaves with every job.
    pub misbehaviour: Vec<Misbehaviour>,
    /// How many days photos are kept after their training.
    pub photos_kept_days: u32,
    /// What the application keeps its state, photos and pictures on.
    pub engines: Engines,
    /// What serves the application.
    pub host: Host,
    /// More variables, or other values of those there are.
    pub variables: Vec<(&'static str, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            generation_wait: Duration::from_mins(1),
            training_time: Duration::from_millis(300),
            misbehaviour: Vec::new(),
            engines: Engines::from_environment(),
            host: Host::from_environment(),
            photos_kept_days: 30,
            variables: Vec::new(),
        }
    }
}

/// A running application and all that is around it.
#[derive(Debug)]
pub struct World {
    /// Where the application is.
    pub base: String,
    /// The photos.
    pub photos: Photos,
    /// The GPU provider, which is Replicate, fal or Cog to whoever asks it as such.
    pub gpu: Gpu,
    /// What it keeps its state on.
    pub engines: Running,
    state: TempDir,
    variables: BTreeMap<String, String>,
    runtime: Option<Runtime>,
    host: Host,
    serving: Option<Serving>,
}

impl World {
    /// The world that tests share: started by the first of them, gone with the last.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    #[expect(clippy::panic, reason = "there is nothing to test without it")]
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<World>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = shared.upgrade() {
            return world;
        }
        // On a runtime of its own: the tests' runtimes end with them, and no runtime can wait for another one.
        let started = std::thread::spawn(|| -> Result<Self> {
            let runtime = Runtime::new()?;
            let mut world = runtime.block_on(Self::start(Settings::default()))?;
            world.runtime = Some(runtime);
            Ok(world)
        });
        let world = match started.join() {
            Ok(Ok(world)) => Arc::new(world),
            failed => panic!("the world did not start: {failed:?}"),
        };
        *shared = Arc::downgrade(&world);
        world
    }

    /// A world of one's own.
    ///
    /// # Errors
    /// When something of it does not start.
    pub async fn start(settings: Settings) -> Result<Self> {
        let photos = Photos::serve().await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let gpu = Gpu::start(gpu_sim::Options {
            training_time: settings.training_time,
            picture_time: Duration::from_millis(50),
            misbehaviour: settings.misbehaviour,
            cog_upload_url: Some(upload_url(&base)?),
            ..gpu_sim::Options::default()
        })?;
        let state = TempDir::new()?;
        let engines = Running::start(settings.engines, state.path())?;
        let variables = [
            ("public_url", base.as_str()),
            ("signing_secret", SIGNING_SECRET),
            ("admin_token", ADMIN_TOKEN),
            ("replicate_api_token", API_TOKEN),
            ("replicate_webhook_secret", WEBHOOK_SECRET),
            ("replicate_base_url", gpu.url.as_str()),
            ("replicate_output_host", gpu.url.as_str()),
            ("generation_wait_seconds", &settings.generation_wait.as_secs().to_string()),
            ("photos_kept_days", &settings.photos_kept_days.to_string()),
            ("allow_loopback", "true"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let more = gpu.as_fal().into_iter().chain(gpu.as_cog()).chain(settings.variables);
        let more = more.map(|(name, value)| (name.to_owned(), value));
        let variables = variables.into_iter().chain(engines.variables()).chain(more).collect();
        let (host, runtime, serving) = (settings.host, None, None);
        let mut world = Self { base, photos, gpu, engines, state, variables, runtime, host, serving };
        world.run(listener).await?;
        Ok(world)
    }

    async fn run(&mut self, listener: TcpListener) -> Result<()> {
        self.serving = Some(self.host.serve(listener, self.state.path(), &self.variables).await?);
        Ok(())
    }

    /// Stops the application gracefully, as a restart does first.
    ///
    /// # Errors
    /// When it does not stop well.
    pub async fn stop(&mut self) -> Result<()> {
        self.serving.take().context("it runs")?.stop().await
    }

    /// Gives a variable another value, from the next start on.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    /// Starts the application again, at the same address, on the same state.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        let address = self.base.trim_start_matches("http://").to_owned();
        self.run(TcpListener::bind(address).await?).await
    }

    /// Where containers upload what they make.
    ///
    /// # Errors
    /// When no link can be made.
    pub fn upload_url(&self) -> Result<String> {
        upload_url(&self.base)
    }

    /// Nobody in particular.
    pub fn anybody(&self) -> Actor {
        Actor::new(&self.base)
    }

    /// The operator.
    pub fn operator(&self) -> Actor {
        self.anybody().with_token(ADMIN_TOKEN)
    }

    /// A new customer with this many credits; also returns the account's id.
    ///
    /// # Errors
    /// When the admin API refuses.
    pub async fn customer(&self, credits: u64) -> Result<(Actor, String)> {
        let (key, id) = self.key(credits).await?;
        Ok((self.anybody().with_token(&key), id))
    }

    /// The key of a new customer with this many credits; also returns the account's id.
    ///
    /// # Errors
    /// When the admin API refuses.
    pub async fn key(&self, credits: u64) -> Result<(String, String)> {
        let operator = self.operator();
        let account =
            operator.post("/api/v1/admin/accounts", &json!({ "name": "customer", "credits": credits })).await?;
        let id = text(account.data()?, "account_id")?;
        let key = operator.post(&format!("/api/v1/admin/accounts/{id}/keys"), &json!({})).await?;
        Ok((text(key.data()?, "key")?, id))
    }

    /// Creates a character of 10 photos, with more fields if wanted.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn create(&self, customer: &Actor, more: Value) -> Result<Answer> {
        let mut body = json!({ "image_urls": self.photos.urls(10) });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        customer.post("/api/v1/characters/create", &body).await
    }

    /// Creates a character and waits until its training ended; returns its path and its status.
    ///
    /// # Errors
    /// When it is not created, or does not end within 40 seconds.
    pub async fn train(&self, customer: &Actor, more: Value) -> Result<(String, String)> {
        let created = self.create(customer, more).await?;
        let path = format!("/api/v1/characters/{}", text(created.data()?, "character_id")?);
        let status = self.until_trained(customer, &path).await?;
        Ok((path, status))
    }

    /// Waits until a character's training ended; returns its status.
    ///
    /// # Errors
    /// When it does not end within 40 seconds.
    pub async fn until_trained(&self, customer: &Actor, path: &str) -> Result<String> {
        for _ in 0..400 {
            let status = text(customer.get(path).await?.data()?, "status")?;
            if status != "training" {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("{path} still trains after 40 seconds")
    }

    /// Waits until it is so with one of the provider's jobs.
    ///
    /// # Errors
    /// When it does not come to that within 20 seconds.
    pub async fn until_job(&self, so: impl Fn(&JobView) -> bool) -> Result<()> {
        for _ in 0..1_000 {
            if self.gpu.simulator.jobs().iter().any(&so) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("it never came to that: {:?}", self.gpu.simulator.jobs())
    }

    /// What the requests of a component asked of its host so far.
    ///
    /// # Errors
    /// There is no such component, or the application does not run.
    pub fn host_calls(&self, component: &str) -> Result<HostCalls> {
        self.serving.as_ref().context("it runs")?.host_calls(component).with_context(|| component.to_owned())
    }

    /// A customer's balance.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn balance(&self, customer: &Actor) -> Result<u64> {
        customer.get("/api/v1/credits").await?.data()?["credits"].as_u64().context("a number")
    }

    /// An account's funds as the operator sees them: balance, held, spent, granted.
    ///
    /// # Errors
    /// When they cannot be had.
    pub async fn funds(&self, account: &str) -> Result<[u64; 4]> {
        let answer = self.operator().get(&format!("/api/v1/admin/accounts/{account}")).await?;
        let data = answer.data()?;
        let part = |name: &str| data[name].as_u64().context("a number");
        Ok([part("credits")?, part("held")?, part("spent")?, part("granted")?])
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where containers upload what they make, as the operator would be told.
fn upload_url(base: &str) -> Result<String> {
    let code = LinkKey::new(&Secret::new(SIGNING_SECRET))?.sign(Purpose::Upload, &[]);
    Ok(format!("{base}/provider-files/{code}"))
}

/// A text field of an object.
fn text(data: &Value, field: &str) -> Result<String> {
    data[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in {data}"))
}
