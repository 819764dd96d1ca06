//! What has to be known of an account at Replicate.

use domain::setting::Values;
use domain::{Secret, Setting};

const API_TOKEN: Setting =
    Setting::new("replicate_api_token", "", "token of the Replicate account that pays for the GPU").secret();
const BASE_URL: Setting =
    Setting::new("replicate_base_url", "https://api.replicate.com", "scheme, host and port of the API");
const OUTPUT_HOST: Setting = Setting::new(
    "replicate_output_host",
    "https://*.replicate.delivery",
    "where pictures and weights are fetched from, beside the API itself; `*.` stands for all hosts below, and for the host itself",
);
const TRAINER: Setting = Setting::new(
    "replicate_trainer",
    "",
    "which of the known trainers trains on its base, `owner/name`, or `owner/name:version` to pin one; the first in the catalogue unless told",
);
const MODEL: Setting = Setting::new(
    "replicate_model",
    "likeness",
    "the private model that trained versions are pushed to; made if missing",
);
const WEBHOOK_SECRET: Setting = Setting::new(
    "replicate_webhook_secret",
    "",
    "what its callbacks are signed with, `whsec_...`; several, separated by spaces, while one replaces another",
)
.secret();

/// What it takes to ask it.
pub(crate) const SETTINGS: &[Setting] = &[API_TOKEN, BASE_URL, OUTPUT_HOST, TRAINER, MODEL];
/// What it takes besides to believe its callbacks.
pub(crate) const CALLBACK_SETTINGS: &[Setting] = &[WEBHOOK_SECRET];
/// Which trainer is preferred.
pub(crate) const TRAINER_SETTINGS: &[Setting] = &[TRAINER];

/// The configuration of [`Replicate`](super::Replicate), as an operator writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the API is, without `/v1`: `https://api.replicate.com`.
    pub base_url: String,
    /// The API token.
    pub token: Secret,
    /// The secrets that callbacks may be signed with, `whsec_..`: two while one is being replaced.
    pub webhook_secrets: Vec<Secret>,
    /// Where its files are: `https://*.replicate.delivery`.
    pub output_host: String,
    /// The trainer that is preferred, `owner/name`, of which the latest version is used, or `owner/name:version`; or nothing.
    pub trainer: String,
    /// The name of the private model that all trained versions go to, without the owner, which is the token's account.
    pub model: String,
}

impl Config {
    /// The trainer that is preferred, or nothing.
    pub(crate) fn trainer(&self) -> &str {
        &self.trainer
    }

    /// Reads it from the variables.
    pub fn read(values: Values<'_>) -> Self {
        Self {
            base_url: values.base(&BASE_URL),
            token: values.secret(&API_TOKEN),
            webhook_secrets: values.secret(&WEBHOOK_SECRET).expose().split_whitespace().map(Secret::new).collect(),
            output_host: values.base(&OUTPUT_HOST),
            trainer: values.text(&TRAINER),
            model: values.text(&MODEL),
        }
    }
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The base URL.
    #[error("{} has to be http(s)://host[:port][/path]", BASE_URL.name)]
    BaseUrl,
    /// The token.
    #[error("{} is missing or not printable ASCII", API_TOKEN.name)]
    Token,
    /// Where files are.
    #[error("{} has to be http(s)://host[:port] or https://*.host", OUTPUT_HOST.name)]
    OutputHost,
    /// The trainer.
    #[error("{} has to be owner/name or owner/name:version", TRAINER.name)]
    Trainer,
    /// The model's name.
    #[error("{} has to be letters, digits, dots, dashes and underscores", MODEL.name)]
    Model,
}

/// The name of an owner, a model or a version: a part of a path that needs no escaping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let named = text.bytes().any(|b| b.is_ascii_alphanumeric());
        (named && text.len() <= NAME_BYTES_MAX && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The most letters of a [`Name`]; a version has 64.
const NAME_BYTES_MAX: usize = 128;

/// A model that trains others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trainer {
    pub(super) owner: Name,
    pub(super) name: Name,
    pub(super) version: Option<Name>,
}

impl Trainer {
    pub(super) fn parse(text: &str) -> Result<Self, Misconfigured> {
        Self::parts(text).ok_or(Misconfigured::Trainer)
    }

    fn parts(text: &str) -> Option<Self> {
        let (owner, rest) = text.split_once('/')?;
        let (name, version) = match rest.split_once(':') {
            Some((name, version)) => (name, Some(Name::parse(version)?)),
            None => (rest, None),
        };
        Some(Self { owner: Name::parse(owner)?, name: Name::parse(name)?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_parts_of_a_path() {
        for text in ["acme", "flux-dev-lora-trainer", "a.b_c", &"f".repeat(64)] {
            assert!(Name::parse(text).is_some(), "{text:?}");
        }
        for text in ["", ".", "..", "a/b", "a b", "a%2fb", "a?b", "\u{e9}", &"f".repeat(129)] {
            assert!(Name::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_trainer_is_an_owner_a_name_and_maybe_a_version() {
        let trainer = Trainer::parse("ostris/flux-dev-lora-trainer:26dce37a").unwrap();
        assert_eq!(trainer.version, Name::parse("26dce37a"));
        assert_eq!(Trainer::parse("ostris/flux-dev-lora-trainer").unwrap().version, None);
        for text in ["", "flux", "/flux", "ostris/", "ostris/flux:", "a/b/c", "ostris/flux:1:2"] {
            assert_eq!(Trainer::parse(text), Err(Misconfigured::Trainer), "{text:?}");
        }
    }
}
