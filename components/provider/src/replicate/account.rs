//! Whether an account at Replicate can be used: what only a good token opens.

use domain::ProviderName;
use http::StatusCode;

use super::config::Config;
use crate::Response;
use crate::account::{Health, Probe};
use crate::endpoint::Endpoint;

/// The check of its settings.
pub(crate) const CONFIGURED: &str = "Replicate is configured";

impl Config {
    /// What to ask it.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let endpoint = Endpoint::parse(&self.base_url).and_then(|it| it.opened_by("Bearer", &self.token));
        let path = ["v1", "account"];
        Probe::new(ProviderName::Replicate, "Replicate knows the token", endpoint, &path, judge).into_iter().collect()
    }

    /// What is missing, beside what it takes to ask it, so that its callbacks are believed.
    pub(crate) fn lacks_for_callbacks(&self) -> Option<&'static str> {
        let none = self.webhook_secrets.is_empty();
        none.then_some("replicate_webhook_secret is missing: no callback of Replicate would be believed")
    }
}

fn judge(answer: &Response) -> Option<Health> {
    match answer.status() {
        StatusCode::OK => Some(Health::Good),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(Health::Bad(
            "the token is refused: set replicate_api_token to one of replicate.com/account/api-tokens".to_owned(),
        )),
        _ => None,
    }
}
