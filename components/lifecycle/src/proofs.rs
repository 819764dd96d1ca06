//! The keys of signed documents: one follows from the `signing_secret`, one from the secret before, and those of older ones are configured.

use domain::setting::InvalidVariable;
use domain::{Secret, Setting};
use proof::{KeySet, PublicKey, Signer};

use crate::config::settings;
use crate::{Config, Error};

/// Most public keys of secrets before.
const RETIRED_KEYS_MAX: usize = 16;

/// Who signs documents: always with the present secret.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn signer(config: &Config) -> Result<Signer, Error> {
    signer_of(&settings::SIGNING_SECRET, &config.signing_secret)
}

/// The keys that the deployment's documents are verified with: the present one first, then the one before, then those that were retired.
///
/// # Errors
/// One of the secrets cannot be used, or `retired_proof_keys` are none.
pub fn keys(config: &Config) -> Result<KeySet, Error> {
    let previous = Some(&config.signing_secret_previous).filter(|secret| !secret.is_empty());
    let previous = previous.map(|secret| signer_of(&settings::SIGNING_SECRET_PREVIOUS, secret)).transpose()?;
    let derived = [Some(signer(config)?), previous].into_iter().flatten().map(|signer| signer.public_key());
    let retired = retired(&config.retired_proof_keys).map_err(|error| Error::internal(error.0))?;
    Ok(KeySet::of(derived.chain(retired)))
}

/// The public keys of secrets before, as `retired_proof_keys` has them.
///
/// # Errors
/// [`InvalidVariable`] where one is no key, or there are too many.
pub fn retired(text: &str) -> Result<Vec<PublicKey>, InvalidVariable> {
    let named = text.split(',').map(str::trim).filter(|key| !key.is_empty());
    let keys: Result<Vec<PublicKey>, _> =
        named.take(RETIRED_KEYS_MAX.saturating_add(1)).map(PublicKey::parse).collect();
    keys.ok().filter(|keys| keys.len() <= RETIRED_KEYS_MAX).ok_or_else(|| {
        let what =
            format!("at most {RETIRED_KEYS_MAX} public keys, each the `x` of one in /.well-known/likeness-keys.json");
        InvalidVariable::new(&settings::RETIRED_PROOF_KEYS, &what)
    })
}

fn signer_of(setting: &Setting, secret: &Secret) -> Result<Signer, Error> {
    Signer::new(secret).map_err(|error| Error::internal(format!("{}: {error}", setting.name)))
}

#[cfg(test)]
mod tests {
    use proof::{Kind, verify};
    use serde_json::json;

    use super::*;

    const OLD: &str = "the secret of the beginning";
    const NEW: &str = "the secret that came after it";

    fn config(secret: &'static str, previous: &'static str, retired: String) -> Config {
        Config::from_variables(move |name| match name {
            "signing_secret" => Some(secret.to_owned()),
            "signing_secret_previous" => Some(previous.to_owned()),
            "webhook_signing_secret" => Some(OLD.to_owned()),
            "retired_proof_keys" => Some(retired.clone()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn what_was_signed_before_the_secret_was_changed_verifies_as_long_as_its_key_is_told() {
        let before = config(OLD, "", String::new());
        let old_key = signer(&before).unwrap().public_key();
        let jws = signer(&before).unwrap().sign(Kind::Recipe, &json!({})).unwrap();
        let during = config(NEW, OLD, String::new());
        let retired = config(NEW, "", format!(" {},", old_key.x()));
        let forgotten = config(NEW, "", String::new());
        let verifies = |config| verify(&jws, &keys(config).unwrap()).is_ok();
        assert_eq!([&before, &during, &retired, &forgotten].map(verifies), [true, true, true, false]);
        // What is signed now is signed with the new one, whose key comes first.
        for config in [&during, &retired] {
            let key = signer(config).unwrap().public_key();
            assert_eq!(keys(config).unwrap().keys(), [key, old_key]);
        }
        assert_eq!(keys(&config(OLD, OLD, old_key.x())).unwrap().keys(), [old_key], "each is there once");
    }

    #[test]
    fn what_is_no_list_of_keys_is_told() {
        let key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        for bad in [format!("{key},11qY"), [key; RETIRED_KEYS_MAX + 1].join(",")] {
            let refused = keys(&config(NEW, "", bad)).unwrap_err();
            assert!(refused.to_string().contains("retired_proof_keys"), "{refused}");
        }
    }

    #[test]
    fn links_and_documents_ask_for_secrets_of_the_same_length() {
        assert_eq!(proof::SECRET_BYTES_MIN, webhook::link::SECRET_BYTES_MIN);
        assert!(signer(&config("", "", String::new())).is_err());
    }
}
