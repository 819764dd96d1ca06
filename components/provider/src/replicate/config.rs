//! What has to be known of an account at Replicate.

use domain::Secret;

/// The configuration of [`Replicate`](super::Replicate), as an operator writes it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the API is, without `/v1`: `https://api.replicate.com`.
    pub base_url: String,
    /// The API token.
    pub token: Secret,
    /// The secrets that callbacks may be signed with, `whsec_..`: two while one is being replaced.
    pub webhook_secrets: Vec<Secret>,
    /// The trainer, `owner/name`, of which the latest version is used, or `owner/name:version`.
    pub trainer: String,
    /// The name of the private model that all trained versions go to, without the owner, which is the token's account.
    pub model: String,
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The base URL.
    #[error("the provider's base URL must be http(s)://host[:port][/path]")]
    BaseUrl,
    /// The token.
    #[error("the provider's token is missing or not printable ASCII")]
    Token,
    /// The trainer.
    #[error("the trainer must be owner/name or owner/name:version")]
    Trainer,
    /// The model's name.
    #[error("the model's name must be letters, digits, dots, dashes and underscores")]
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
