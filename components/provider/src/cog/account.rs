//! Whether containers can be used: what they tell of themselves.

use domain::ProviderName;
use http::StatusCode;
use serde::Deserialize;

use super::config::Config;
use crate::Response;
use crate::account::{Health, Probe};
use crate::endpoint::Endpoint;

/// The check of their settings.
pub(crate) const CONFIGURED: &str = "Cog is configured";

/// Where a container tells how it is.
const HEALTH: &[&str] = &["health-check"];

impl Config {
    /// What to ask them: one question, or two where they are two containers.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let ask = |check, endpoint| Probe::new(ProviderName::Cog, check, endpoint, HEALTH, judge);
        let trainer = ask("The container that trains is up", Endpoint::parse(&self.trainer_url));
        let other = (self.model_url != self.trainer_url).then(|| Endpoint::parse(&self.model_url)).flatten();
        let model = ask("The container that makes pictures is up", other);
        trainer.into_iter().chain(model).collect()
    }

    /// What is missing, beside what it takes to ask them, so that their callbacks are believed: nothing.
    #[expect(clippy::unused_self, reason = "as the others are asked")]
    pub(crate) const fn lacks_for_callbacks(&self) -> Option<&'static str> {
        None
    }
}

#[derive(Deserialize)]
struct Container {
    status: String,
}

fn judge(answer: &Response) -> Option<Health> {
    (answer.status() == StatusCode::OK).then(|| container(answer.body()))
}

fn container(body: &[u8]) -> Health {
    let told: Result<Container, _> = serde_json::from_slice(body);
    match told.as_ref().map(|container| container.status.as_str()) {
        Ok("READY" | "BUSY") => Health::Good,
        Ok("STARTING") => Health::NotYet("it is starting; ask again when it has loaded its model"),
        Ok("SETUP_FAILED" | "DEFUNCT") => {
            Health::Bad("its setup failed: read the container's log, and start it again".to_owned())
        }
        _ => Health::Bad("what answers is no Cog container: is the address right?".to_owned()),
    }
}
