//! Whether an account can be used: one cheap question to a provider, which only a good key opens, and what its answer means. What is asked, and
//! what its answer means there, is in each provider's folder.

use domain::ProviderName;
use http::{Method, StatusCode};

use crate::endpoint::Endpoint;
use crate::{Request, Response};

/// A question about an account.
#[derive(Debug)]
pub struct Probe {
    /// What is checked.
    pub check: &'static str,
    /// What to send.
    pub request: Request,
    name: ProviderName,
    judge: fn(&Response) -> Option<Health>,
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

impl Probe {
    /// Asks for what is at `path` of an endpoint; nothing where there is no endpoint. `judge` knows the answers that are this provider's own.
    pub(crate) fn new(
        name: ProviderName,
        check: &'static str,
        endpoint: Option<Endpoint>,
        path: &[&str],
        judge: fn(&Response) -> Option<Health>,
    ) -> Option<Self> {
        let endpoint = endpoint?;
        let url = endpoint.url(path.iter().copied()).ok()?;
        let request = endpoint.request(Method::GET, &url).ok()?;
        Some(Self { check, request, name, judge })
    }

    /// What an answer to it means.
    pub fn judge(&self, answer: &Response) -> Health {
        (self.judge)(answer).unwrap_or_else(|| match answer.status() {
            StatusCode::TOO_MANY_REQUESTS => {
                Health::NotYet("it is asked too often at the moment; ask again in a minute")
            }
            status => Health::Bad(format!(
                "it answered with status {}, which is not for this: is the address of {} right?",
                status.as_u16(),
                self.name
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::setting::Values;

    use super::*;
    use crate::registry::Configs;

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
            configs.probes(name).into_iter().map(told).collect::<Vec<_>>()
        };
        let replicate = ("https://api.replicate.com/v1/account".to_owned(), Some("Bearer sesame".to_owned()));
        assert_eq!(asked(ProviderName::Replicate), [replicate]);
        let no_request = "00000000-0000-4000-8000-000000000000";
        let fal = format!("https://queue.fal.run/fal-ai/flux-2/requests/{no_request}/status");
        assert_eq!(asked(ProviderName::Fal), [(fal, Some("Key sesame".to_owned()))]);
        let cog = ["http://trainer:5000/health-check", "http://model:5000/base/health-check"];
        assert_eq!(asked(ProviderName::Cog), cog.map(|url| (url.to_owned(), None)));
        let none = Configs::read(Values::new(&|_| None));
        assert!(ProviderName::ALL.iter().all(|name| none.probes(*name).is_empty()));
    }

    fn judge(name: ProviderName, status: u16, body: &str) -> Health {
        configs().probes(name)[0].judge(&answer(status, body))
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
