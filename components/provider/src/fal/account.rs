//! Whether an account at fal can be used: what only a good key opens.

use domain::ProviderName;
use http::StatusCode;

use super::config::Config;
use crate::Response;
use crate::account::{Health, Probe};
use crate::endpoint::Endpoint;

/// The check of its settings.
pub(crate) const CONFIGURED: &str = "fal is configured";

/// A request that fal does not have: whoever may ask is told that there is none.
const NO_REQUEST: &str = "00000000-0000-4000-8000-000000000000";

impl Config {
    /// What to ask it.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let endpoint = Endpoint::parse(&self.queue_url).and_then(|it| it.opened_by("Key", &self.key));
        let path: Vec<&str> = self.model.split('/').take(2).chain(["requests", NO_REQUEST, "status"]).collect();
        Probe::new(ProviderName::Fal, "fal knows the key", endpoint, &path, judge).into_iter().collect()
    }

    /// What is missing, beside what it takes to ask it, so that its callbacks are believed.
    pub(crate) fn lacks_for_callbacks(&self) -> Option<&'static str> {
        self.user_id.is_empty().then_some("fal_user_id is missing: no callback of fal would be believed")
    }
}

fn judge(answer: &Response) -> Option<Health> {
    match answer.status() {
        StatusCode::NOT_FOUND => Some(Health::Good),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(Health::Bad(
            "the key is refused, or the account is locked: set fal_key to one of fal.ai/dashboard/keys, and look at the balance"
                .to_owned(),
        )),
        _ => None,
    }
}
