//! A simulated provider, which can be killed.

use std::net::TcpListener;

use anyhow::Result;
use gpu_sim::{Options, Simulator};
use tokio::runtime::Runtime;

/// The key that opens fal, in every world.
pub const FAL_KEY: &str = "tests:the-key-of-fal";
/// The account at fal, in every world.
pub const FAL_USER: &str = "user-of-tests";
/// What opens the callbacks of Cog, in every world.
pub const COG_TOKEN: &str = "the-callback-token-of-cog";

/// A simulator and the server it is on.
#[derive(Debug)]
pub struct Gpu {
    /// Where it is.
    pub url: String,
    /// What it is doing.
    pub simulator: Simulator,
    /// All that it does runs here, and ends with it.
    runtime: Option<Runtime>,
}

impl Gpu {
    /// Starts a simulator on a free port, with these options and the keys of every world.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(options: Options) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let simulator = Simulator::new(Options {
            base_url: url.clone(),
            token: crate::world::API_TOKEN.into(),
            webhook_secret: crate::world::WEBHOOK_SECRET.into(),
            fal_key: FAL_KEY.into(),
            fal_user_id: FAL_USER.into(),
            cog_token: COG_TOKEN.into(),
            ..options
        });
        let runtime = Runtime::new()?;
        let server = simulator.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            server.serve(listener, std::future::pending()).await
        });
        Ok(Self { url, simulator, runtime: Some(runtime) })
    }

    /// Ends it at once, with every connection and every job.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// The variables by which an application finds it as fal.
    pub fn as_fal(&self) -> Vec<(&'static str, String)> {
        let url = || self.url.clone();
        let key = ("fal_key", FAL_KEY.to_owned());
        let user = ("fal_user_id", FAL_USER.to_owned());
        let urls = ["fal_queue_url", "fal_rest_url", "fal_api_url", "fal_output_host"].map(|name| (name, url()));
        [key, user].into_iter().chain(urls).collect()
    }

    /// The variables by which an application finds it as Cog.
    pub fn as_cog(&self) -> Vec<(&'static str, String)> {
        let token = ("cog_callback_token", COG_TOKEN.to_owned());
        vec![token, ("cog_trainer_url", self.url.clone()), ("cog_model_url", self.url.clone())]
    }

    /// How many jobs it was given that are of this provider's protocol.
    pub fn jobs_of(&self, provider: &str) -> usize {
        self.simulator.jobs().iter().filter(|job| job.provider == provider).count()
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        self.kill();
    }
}
