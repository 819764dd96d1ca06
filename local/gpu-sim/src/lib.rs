//! Three GPU providers without a GPU: Replicate's HTTP API, fal.ai's queue API and a self-hosted Cog container, as far as Likeness uses
//! them, faithful in fields, statuses and errors. All are on one port, told apart by their paths.
//!
//! It says what it is: in every response (`x-likeness-simulated: true`), in every log, and on every picture. Trainings really download and
//! open their zip; pictures really are images of the right size, made from the training's photos. Weights really are safetensors files and
//! hold those photos, so that what one simulator trained can be used at another. And it can misbehave on demand, as real providers do:
//! [`Misbehaviour`].

mod caption;
mod cog;
mod dataset;
mod deliver;
mod fal;
mod fault;
mod field;
mod files;
mod job;
mod misbehaviour;
mod models;
mod options;
mod picture;
mod protocol;
mod queue;
mod replicate;
mod routes;
mod run;
mod speak;
mod state;
mod weights;
mod work;

use std::future::Future;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use tokio::net::TcpListener;

pub use caption::Text;
pub use job::{JobView, Kind};
pub use misbehaviour::Misbehaviour;
pub use options::{CogTrainer, Options};

use state::Shared;

/// The simulator. Cheap to clone: clones are the same simulator.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
}

impl Simulator {
    /// A simulator without jobs; trained versions are found again in [`Options::state_dir`].
    pub fn new(options: Options) -> Self {
        Self { shared: Arc::new(Shared::new(options)) }
    }

    /// Its HTTP APIs.
    pub fn router(&self) -> Router {
        routes::router(Arc::clone(&self.shared))
    }

    /// Serves until `shutdown` ends.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await?;
        Ok(())
    }

    /// All jobs there are, oldest first, so that a test can see what was asked, canceled and delivered.
    pub fn jobs(&self) -> Vec<JobView> {
        self.shared.with(|state| state.jobs.iter().map(JobView::from).collect())
    }
}
