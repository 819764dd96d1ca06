//! Links we hand out: callbacks and datasets to providers, results to callers.
//!
//! Built from the configured public URL only, never from a request. Those that let their bearer do something carry a MAC.

use std::time::Duration;

use domain::{AccountId, Character, CharacterId, File, ProviderName, Secret, Task, TaskId, Timestamp};
use webhook::link::{LinkKey, Purpose};

use crate::{Config, Error};

/// How long a provider can pull a dataset: queueing and a cold boot can take hours.
const DATASET_LINK_LIFETIME: Duration = Duration::from_hours(6);
/// How long a provider can pull weights: as long as a generation can wait for a cold boot.
const WEIGHTS_LINK_LIFETIME: Duration = Duration::from_hours(2);

/// What somebody shows who comes with a link that ends.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The last segment of its path.
    pub name: String,
    /// Until when it counts, in seconds since 1970.
    pub expires: String,
    /// The code over both.
    pub mac: String,
}

impl Signed {
    fn counts_at(&self, now: Timestamp) -> bool {
        self.expires.parse::<i64>().is_ok_and(|expires| now.as_seconds() < expires)
    }
}

fn key(config: &Config) -> Result<LinkKey, Error> {
    LinkKey::new(&config.signing_secret).map_err(|error| Error::internal(format!("signing_secret: {error}")))
}

/// Where the provider reports on a task. The same for every submission of it, so that a lost one is found by it.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn callback(config: &Config, task: &Task) -> Result<String, Error> {
    let (account, id, provider) = (task.account.as_str(), task.id.as_str(), task.provider.as_str());
    let mac = key(config)?.sign(Purpose::Callback, &[provider, account, id]);
    Ok(format!("{}/api/v1/webhooks/{provider}?account={account}&task={id}&mac={mac}", config.public_url))
}

/// The account and task a callback's URL names, if its MAC says that we named them.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn verified_callback(
    config: &Config,
    provider: ProviderName,
    account: &str,
    task: &str,
    mac: &str,
) -> Result<Option<(AccountId, TaskId)>, Error> {
    let genuine = key(config)?.verify(Purpose::Callback, &[provider.as_str(), account, task], mac);
    Ok(if genuine { account.parse().ok().zip(task.parse().ok()) } else { None })
}

/// Where the provider pulls a character's training zip.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn dataset(config: &Config, character: &Character, now: Timestamp) -> Result<String, Error> {
    // Some trainers go by the ending of the path.
    signed(config, character, Purpose::Dataset, ("datasets", ".zip"), now.plus(DATASET_LINK_LIFETIME))
}

/// The account and character a dataset's URL names, if we made it and it has not expired.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn verified_dataset(
    config: &Config,
    link: &Signed,
    now: Timestamp,
) -> Result<Option<(AccountId, CharacterId)>, Error> {
    verified(config, link, Purpose::Dataset, ".zip", now)
}

/// A link to something of a character's in this folder, with this ending; it counts until then.
fn signed(
    config: &Config,
    character: &Character,
    purpose: Purpose,
    (folder, ending): (&str, &str),
    until: Timestamp,
) -> Result<String, Error> {
    let expires = until.as_seconds().to_string();
    let (account, id) = (character.account.as_str(), character.id.as_str());
    let mac = key(config)?.sign(purpose, &[account, id, &expires]);
    Ok(format!("{}/{folder}/{account}.{id}{ending}?expires={expires}&mac={mac}", config.public_url))
}

/// The account and character a link names that ends, if we made it for this purpose and it has not expired.
fn verified(
    config: &Config,
    link: &Signed,
    purpose: Purpose,
    ending: &str,
    now: Timestamp,
) -> Result<Option<(AccountId, CharacterId)>, Error> {
    let named = link.name.strip_suffix(ending).and_then(|name| name.split_once('.'));
    let Some((account, character)) = named else { return Ok(None) };
    let genuine = key(config)?.verify(purpose, &[account, character, &link.expires], &link.mac);
    Ok(if genuine && link.counts_at(now) { account.parse().ok().zip(character.parse().ok()) } else { None })
}

/// Where providers pull a character's weights, if we have a copy of them.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn weights(config: &Config, character: &Character, now: Timestamp) -> Result<String, Error> {
    signed(config, character, Purpose::Weights, ("weights", ".safetensors"), now.plus(WEIGHTS_LINK_LIFETIME))
}

/// The account and character a link to weights names, if we made it and it has not expired.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn verified_weights(
    config: &Config,
    link: &Signed,
    now: Timestamp,
) -> Result<Option<(AccountId, CharacterId)>, Error> {
    verified(config, link, Purpose::Weights, ".safetensors", now)
}

/// Where containers of our own upload their outputs to; an output's own name follows.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn provider_files(config: &Config) -> Result<String, Error> {
    Ok(format!("{}/provider-files/{}/", config.public_url, key(config)?.sign(Purpose::Upload, &[])))
}

/// Whether this is the code in [`provider_files`].
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn is_upload_key(config: &Config, code: &str) -> Result<bool, Error> {
    Ok(key(config)?.verify(Purpose::Upload, &[], code))
}

/// Where a caller may put the upload of this name.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn upload(config: &Config, name: &str, until: Timestamp) -> Result<String, Error> {
    let expires = until.as_seconds().to_string();
    let mac = key(config)?.sign(Purpose::Input, &[name, &expires]);
    Ok(format!("{}?expires={expires}&mac={mac}", uploaded(config, name)))
}

/// Whether this is a link of [`upload`] that has not expired.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn is_upload(config: &Config, link: &Signed, now: Timestamp) -> Result<bool, Error> {
    let genuine = key(config)?.verify(Purpose::Input, &[&link.name, &link.expires], &link.mac);
    Ok(genuine && link.counts_at(now))
}

/// Where the upload of this name can be fetched.
pub fn uploaded(config: &Config, name: &str) -> String {
    format!("{}/uploads/{name}", config.public_url)
}

/// The name in a link of [`uploaded`]; nothing where it is none.
pub fn uploaded_name<'a>(config: &Config, url: &'a str) -> Option<&'a str> {
    url.strip_prefix(&config.public_url)?.strip_prefix("/uploads/")
}

/// What an account's messages are signed with: its `number`th secret. Nobody has to store it, and nobody can make it who does not have ours.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn webhook_secret(config: &Config, account: &AccountId, number: u32) -> Result<Secret, Error> {
    let code = key(config)?.sign(Purpose::Message, &[account.as_str(), &number.to_string()]);
    webhook::standard::secret(&code).map_err(Error::internal)
}

/// Where a picture can be fetched. The task's random id is what keeps it private, as long as its owner does.
pub fn result(config: &Config, task: &Task, n: usize, file: &File) -> String {
    format!("{}/results/{}.{}.{n}.{}", config.public_url, task.account, task.id, file.media.extension())
}

/// What a result's URL names: account, task, number and extension.
pub fn parse_result(name: &str) -> Option<(AccountId, TaskId, usize, &str)> {
    let mut parts = name.split('.');
    let (account, task, n, extension) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let parsed = (account.parse().ok()?, task.parse().ok()?, n.parse().ok()?, extension);
    parts.next().is_none().then_some(parsed)
}
