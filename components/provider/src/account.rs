//! Whether an account can be used: one cheap question to a provider, which only a good key opens, and what its answer means.

use domain::ProviderName;
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::endpoint::Endpoint;
use crate::registry::Configs;
use crate::{Request, Response};

/// A request that no provider has: whoever may ask is told that there is none.
const NO_REQUEST: &str = "00000000-0000-4000-8000-000000000000";

/// A question about an account.
#[derive(Debug)]
pub struct Probe {
    /// What is checked.
    pub check: &'static str,
    /// What to send.
    pub request: Request,
    name: ProviderName,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It can be used.
    Good,
    /// It cannot be used yet, which passes by itself.
    NotYet(&'static str),
    /// It cannot be used; what to do about it.
    Bad(String),
}

/// The questions to a provider: one, or two where it is two containers. None where its address cannot be one, which its
/// [`open`](Configs::open) tells.
pub fn probes(configs: &Configs, name: ProviderName) -> Vec<Probe> {
    let (replicate, fal, cog) = (&configs.replicate, &configs.fal, &configs.cog);
    match name {
        ProviderName::Replicate => {
            let endpoint = Endpoint::parse(&replicate.base_url).and_then(|it| it.opened_by("Bearer", &replicate.token));
            probe(name, "Replicate knows the token", endpoint, &["v1", "account"]).into_iter().collect()
        }
        ProviderName::Fal => {
            let endpoint = Endpoint::parse(&fal.queue_url).and_then(|it| it.opened_by("Key", &fal.key));
            let path: Vec<&str> = fal.model.split('/').take(2).chain(["requests", NO_REQUEST, "status"]).collect();
            probe(name, "fal knows the key", endpoint, &path).into_iter().collect()
        }
        ProviderName::Cog => {
            let trainer = probe(name, "The container that trains is up", Endpoint::parse(&cog.trainer_url), HEALTH);
            let other = (cog.model_url != cog.trainer_url).then(|| Endpoint::parse(&cog.model_url)).flatten();
            let model = probe(name, "The container that makes pictures is up", other, HEALTH);
            trainer.into_iter().chain(model).collect()
        }
    }
}

/// Where a container tells how it is.
const HEALTH: &[&str] = &["health-check"];

fn probe(name: ProviderName, check: &'static str, endpoint: Option<Endpoint>, path: &[&str]) -> Option<Probe> {
    let endpoint = endpoint?;
    let url: Url = endpoint.url(path.iter().copied()).ok()?;
    let request = endpoint.request(Method::GET, &url).ok()?;
    Some(Probe { check, request, name })
}

#[derive(Deserialize)]
struct Container {
    status: String,
}

impl Probe {
    /// What an answer to it means.
    pub fn judge(&self, answer: &Response) -> Health {
        match (self.name, answer.status()) {
            (ProviderName::Replicate, StatusCode::OK) | (ProviderName::Fal, StatusCode::NOT_FOUND) => Health::Good,
            (ProviderName::Replicate, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Health::Bad("the token is refused: set replicate_api_token to one of replicate.com/account/api-tokens".to_owned())
            }
            (ProviderName::Fal, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Health::Bad(
                "the key is refused, or the account is locked: set fal_key to one of fal.ai/dashboard/keys, and look at the balance"
                    .to_owned(),
            ),
            (ProviderName::Cog, StatusCode::OK) => container(answer.body()),
            (_, StatusCode::TOO_MANY_REQUESTS) => Health::NotYet("it is asked too often at the moment; ask again in a minute"),
            (name, status) => Health::Bad(format!(
                "it answered with status {}, which is not for this: is the address of {name} right?",
                status.as_u16()
            )),
        }
    }
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

#[cfg(test)]
mod tests {
    use domain::setting::Values;

    use super::*;

    fn configs() -> Configs {
        Configs::read(Values::new(&|name| match name {
            "replicate_api_token" | "fal_key" => Some("sesame".to_owned()),
            "fal_model" => Some("fal-ai/flux-2/lora".to_owned()),
            "cog_trainer_url" => Some("http://trainer:5000".to_owned()),
            "cog_model_url" => Some("http://model:5000/base".to_owned()),
            _ => None,
        }))
    }

    fn answer(status: u16, body: &str) -> Response {
        http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn each_provider_is_asked_what_only_a_good_key_opens() {
        let configs = configs();
        let asked = |name| {
            let told = |probe: Probe| {
                let opened =
                    probe.request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
                (probe.request.uri().to_string(), opened)
            };
            probes(&configs, name).into_iter().map(told).collect::<Vec<_>>()
        };
        let replicate = ("https://api.replicate.com/v1/account".to_owned(), Some("Bearer sesame".to_owned()));
        assert_eq!(asked(ProviderName::Replicate), [replicate]);
        let fal = format!("https://queue.fal.run/fal-ai/flux-2/requests/{NO_REQUEST}/status");
        assert_eq!(asked(ProviderName::Fal), [(fal, Some("Key sesame".to_owned()))]);
        let cog = ["http://trainer:5000/health-check", "http://model:5000/base/health-check"];
        assert_eq!(asked(ProviderName::Cog), cog.map(|url| (url.to_owned(), None)));
        let none = Configs::read(Values::new(&|_| None));
        assert!(ProviderName::ALL.iter().all(|name| probes(&none, *name).is_empty()));
    }

    fn judge(name: ProviderName, status: u16, body: &str) -> Health {
        probes(&configs(), name)[0].judge(&answer(status, body))
    }

    #[test]
    fn a_bad_key_is_told_from_a_good_one() {
        let is_bad = |name, status| matches!(judge(name, status, ""), Health::Bad(_));
        assert_eq!(judge(ProviderName::Replicate, 200, "{}"), Health::Good);
        assert_eq!(judge(ProviderName::Fal, 404, "{}"), Health::Good);
        for name in [ProviderName::Replicate, ProviderName::Fal] {
            assert!(is_bad(name, 401) && is_bad(name, 403) && is_bad(name, 500), "{name}");
            assert!(matches!(judge(name, 429, ""), Health::NotYet(_)), "{name}");
        }
        for (status, expected) in
            [("READY", "good"), ("BUSY", "good"), ("STARTING", "not yet"), ("DEFUNCT", "bad"), ("?", "bad")]
        {
            let health = match judge(ProviderName::Cog, 200, &format!("{{\"status\":\"{status}\"}}")) {
                Health::Good => "good",
                Health::NotYet(_) => "not yet",
                Health::Bad(_) => "bad",
            };
            assert_eq!(health, expected, "{status}");
        }
        assert!(is_bad(ProviderName::Cog, 200) && is_bad(ProviderName::Cog, 404));
    }
}
