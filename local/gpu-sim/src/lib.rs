//! A GPU provider without a GPU: the HTTP API of Replicate, as far as Likeness uses it, faithful in fields, statuses and errors.
//!
//! It says what it is: in every response (`x-likeness-simulated: true`), in every log, and on every picture. Trainings really download and
//! open their zip; pictures really are images of the right size, made from the training's photos. And it can misbehave on demand, as real
//! providers do: [`Misbehaviour`].

mod caption;
mod dataset;
mod deliver;
mod job;
mod misbehaviour;
mod options;
mod picture;
mod problem;
mod routes;
mod run;
mod state;

use std::future::Future;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use tokio::net::TcpListener;

pub use caption::Text;
pub use job::{JobView, Kind};
pub use misbehaviour::Misbehaviour;
pub use options::Options;

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

    /// Its HTTP API.
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
