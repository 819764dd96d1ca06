//! Links we hand out: callbacks and datasets to providers, results to callers.
//!
//! Built from the configured public URL only, never from a request. Those that let their bearer do something carry a MAC.

use std::time::Duration;

use domain::{AccountId, Character, CharacterId, File, Format, ProviderName, Secret, Setting, Task, TaskId, Timestamp};
use webhook::link::{LinkKey, Purpose};

use crate::config::settings;
use crate::{Config, Error};

/// How long a provider can pull a dataset: queueing and a cold boot can take hours.
const DATASET_LINK_LIFETIME: Duration = Duration::from_hours(6);
/// How long a provider can pull weights at least: as long as a generation can wait for a cold boot.
const WEIGHTS_LINK_LIFETIME: Duration = Duration::from_hours(2);
/// How long a provider can pull a photo that a picture goes by: as long as a generation can wait for a cold boot.
const PHOTO_LINK_LIFETIME: Duration = Duration::from_hours(2);
/// How long a link to weights stays the same: providers keep them by their URL, and pull 90 to 170 MB again under another one.
const WEIGHTS_LINK_PERIOD: Duration = Duration::from_hours(24);

/// How long a picture can be sent to be written anew: as long as sending it takes, where clocks are minutes apart.
const PICTURE_LINK_LIFETIME: Duration = Duration::from_mins(5);

/// Where something of a character's is: the folder, and how the name ends.
type Place = (&'static str, &'static str);
/// The photos to train with; some trainers go by the ending of the path.
const DATASET: Place = ("datasets", ".zip");
/// The page for the person on the photos.
const CONSENT: Place = ("consent", "");

/// The function that writes pictures anew.
pub const PICTURES: &str = "pictures";

/// What the function `pictures` makes of a picture that it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewriting {
    /// The picture turned the way it is shown.
    Upright,
    /// The same with the deployment's watermark.
    Watermark,
}

impl Rewriting {
    /// The last segment of its path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upright => "upright",
            Self::Watermark => "watermark",
        }
    }
}

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

/// The key that links are made with.
pub(crate) fn key(config: &Config) -> Result<LinkKey, Error> {
    key_of(&settings::SIGNING_SECRET, &config.signing_secret)
}

/// The key that links were made with before, if there is one.
fn previous_key(config: &Config) -> Result<Option<LinkKey>, Error> {
    let secret = Some(&config.signing_secret_previous).filter(|secret| !secret.is_empty());
    secret.map(|secret| key_of(&settings::SIGNING_SECRET_PREVIOUS, secret)).transpose()
}

fn key_of(setting: &Setting, secret: &Secret) -> Result<LinkKey, Error> {
    LinkKey::new(secret).map_err(|error| Error::internal(format!("{}: {error}", setting.name)))
}

/// Whether we made this code, lately or before the `signing_secret` was changed. Both keys are tried in any case.
pub(crate) fn is_ours(config: &Config, purpose: Purpose, fields: &[&str], mac: &str) -> Result<bool, Error> {
    let is_new = key(config)?.verify(purpose, fields, mac);
    let is_old = previous_key(config)?.is_some_and(|key| key.verify(purpose, fields, mac));
    Ok(is_new | is_old)
}

/// Where the provider reports on a task. The same for every submission of it.
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
    let genuine = is_ours(config, Purpose::Callback, &[provider.as_str(), account, task], mac)?;
    Ok(if genuine { account.parse().ok().zip(task.parse().ok()) } else { None })
}

/// Where the provider pulls a character's training zip.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn dataset(config: &Config, character: &Character, now: Timestamp) -> Result<String, Error> {
    signed(config, character, Purpose::Dataset, DATASET, now.plus(DATASET_LINK_LIFETIME))
}

/// The path of every such link to the photos of one character.
pub fn dataset_path(account: &AccountId, character: &CharacterId) -> String {
    path(DATASET, account, character)
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

/// Where a provider pulls a character's `n`th photo, from 0.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn photo(
    config: &Config,
    character: &Character,
    n: usize,
    format: Format,
    now: Timestamp,
) -> Result<String, Error> {
    let (account, id, number) = (character.account.as_str(), character.id.as_str(), n.to_string());
    let expires = now.plus(PHOTO_LINK_LIFETIME).as_seconds().to_string();
    let mac = key(config)?.sign(Purpose::Photo, &[account, id, &number, &expires]);
    let extension = format.extension();
    Ok(format!("{}/photos/{account}.{id}.{number}.{extension}?expires={expires}&mac={mac}", config.public_url))
}

/// The account, the character and the number that a photo's URL names, if we made it and it has not expired.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn verified_photo(
    config: &Config,
    link: &Signed,
    now: Timestamp,
) -> Result<Option<(AccountId, CharacterId, usize)>, Error> {
    let mut parts = link.name.split('.');
    let (Some(account), Some(id), Some(number)) = (parts.next(), parts.next(), parts.next()) else { return Ok(None) };
    let genuine = is_ours(config, Purpose::Photo, &[account, id, number, &link.expires], &link.mac)?;
    let named = account.parse().ok().zip(id.parse().ok()).zip(number.parse().ok());
    Ok(named.filter(|_| genuine && link.counts_at(now)).map(|((account, id), number)| (account, id, number)))
}

/// Where the person on a character's photos says whether they agree: good as long as the character is there, for they can take it back.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn consent(config: &Config, character: &Character) -> Result<String, Error> {
    let mac = key(config)?.sign(Purpose::Consent, &[character.account.as_str(), character.id.as_str()]);
    Ok(format!("{}{}?mac={mac}", config.public_url, path(CONSENT, &character.account, &character.id)))
}

/// The account and character that such a URL names, if we made it.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn verified_consent(config: &Config, name: &str, mac: &str) -> Result<Option<(AccountId, CharacterId)>, Error> {
    let Some((account, character)) = name.split_once('.') else { return Ok(None) };
    let genuine = is_ours(config, Purpose::Consent, &[account, character], mac)?;
    Ok(if genuine { account.parse().ok().zip(character.parse().ok()) } else { None })
}

/// A link to something of a character's in this folder, with this ending; it counts until then.
fn signed(
    config: &Config,
    character: &Character,
    purpose: Purpose,
    place: Place,
    until: Timestamp,
) -> Result<String, Error> {
    let expires = until.as_seconds().to_string();
    let mac = key(config)?.sign(purpose, &[character.account.as_str(), character.id.as_str(), &expires]);
    let path = path(place, &character.account, &character.id);
    Ok(format!("{}{path}?expires={expires}&mac={mac}", config.public_url))
}

fn path((folder, ending): Place, account: &AccountId, character: &CharacterId) -> String {
    format!("/{folder}/{account}.{character}{ending}")
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
    let genuine = is_ours(config, purpose, &[account, character, &link.expires], &link.mac)?;
    Ok(if genuine && link.counts_at(now) { account.parse().ok().zip(character.parse().ok()) } else { None })
}

/// Where providers pull a character's weights, if we have a copy of them: the same for a whole day of UTC, and good for two hours after its end.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn weights(config: &Config, character: &Character, now: Timestamp) -> Result<String, Error> {
    signed(config, character, Purpose::Weights, ("weights", ".safetensors"), weights_until(now))
}

/// Until when a link to weights counts that is made now.
fn weights_until(now: Timestamp) -> Timestamp {
    let period = i64::try_from(WEIGHTS_LINK_PERIOD.as_millis()).unwrap_or(i64::MAX);
    let into_it = now.as_millis().checked_rem_euclid(period).unwrap_or_default();
    let begin = Timestamp::from_millis(now.as_millis().saturating_sub(into_it));
    begin.plus(WEIGHTS_LINK_PERIOD).plus(WEIGHTS_LINK_LIFETIME)
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
    is_ours(config, Purpose::Upload, &[], code)
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
    let genuine = is_ours(config, Purpose::Input, &[&link.name, &link.expires], &link.mac)?;
    Ok(genuine && link.counts_at(now))
}

/// Path and query of where a picture is sent to be written anew, behind one of the [`bases`] of [`PICTURES`].
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn picture(config: &Config, rewriting: Rewriting, now: Timestamp) -> Result<String, Error> {
    let (name, expires) = (rewriting.as_str(), now.plus(PICTURE_LINK_LIFETIME).as_seconds().to_string());
    let mac = key(config)?.sign(Purpose::Picture, &[name, &expires]);
    Ok(format!("/pictures/{name}?expires={expires}&mac={mac}"))
}

/// Whether this is a link of [`picture`] for this that has not expired.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn is_picture(config: &Config, rewriting: Rewriting, link: &Signed, now: Timestamp) -> Result<bool, Error> {
    let genuine = is_ours(config, Purpose::Picture, &[rewriting.as_str(), &link.expires], &link.mac)?;
    Ok(genuine && link.counts_at(now))
}

/// Where this deployment reaches one of its own functions: within the host, where that leads from one to another, else as the public does.
pub fn bases(config: &Config, function: &str) -> [String; 2] {
    [format!("http://{function}.spin.internal"), config.public_url.clone()]
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
/// The `webhook_signing_secret`, or without one the `signing_secret`, cannot be used.
pub fn webhook_secret(config: &Config, account: &AccountId, number: u32) -> Result<Secret, Error> {
    let own = &config.webhook_signing_secret;
    let key = if own.is_empty() { key(config)? } else { key_of(&settings::WEBHOOK_SIGNING_SECRET, own)? };
    let code = key.sign(Purpose::Message, &[account.as_str(), &number.to_string()]);
    webhook::standard::secret(&code).map_err(Error::internal)
}

/// Where a picture can be fetched. The task's random id is what keeps it private, as long as its owner does.
pub fn result(config: &Config, task: &Task, n: usize, file: &File) -> String {
    format!("{}/results/{}", config.public_url, result_name(task, n, file))
}

/// How a result's URL ends.
pub fn result_name(task: &Task, n: usize, file: &File) -> String {
    format!("{}.{}.{n}.{}", task.account, task.id, file.media.extension())
}

/// What a result's URL names: account, task, number and extension.
pub fn parse_result(name: &str) -> Option<(AccountId, TaskId, usize, &str)> {
    let mut parts = name.split('.');
    let (account, task, n, extension) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let parsed = (account.parse().ok()?, task.parse().ok()?, n.parse().ok()?, extension);
    parts.next().is_none().then_some(parsed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const OLD: &str = "the secret of the beginning";
    const NEW: &str = "the secret that came after it";
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn config(secret: &'static str, previous: &'static str, webhook: &'static str) -> Config {
        let value = move |name: &str| match name {
            "signing_secret" => Some(secret.to_owned()),
            "signing_secret_previous" => Some(previous.to_owned()),
            "webhook_signing_secret" => Some(webhook.to_owned()),
            _ => None,
        };
        Config::from_variables(value).unwrap()
    }

    /// Before a change of the secret, while links of both are out, and afterwards.
    fn change() -> [Config; 3] {
        [config(OLD, "", ""), config(NEW, OLD, OLD), config(NEW, "", OLD)]
    }

    fn signed(url: &str) -> Signed {
        let (path, query) = url.split_once('?').unwrap();
        let (expires, mac) = query.split_once('&').unwrap();
        let text = |pair: &str| pair.split_once('=').unwrap().1.to_owned();
        Signed { name: path.rsplit('/').next().unwrap().to_owned(), expires: text(expires), mac: text(mac) }
    }

    #[test]
    fn links_made_before_the_secret_was_changed_count_as_long_as_it_is_known() {
        let [before, during, after] = change();
        let link = signed(&upload(&before, "1.2.png", NOW.plus(Duration::from_secs(1))).unwrap());
        let code = key(&before).unwrap().sign(Purpose::Upload, &[]);
        let counts = |config| (is_upload(config, &link, NOW).unwrap(), is_upload_key(config, &code).unwrap());
        assert_eq!([&before, &during, &after].map(counts), [(true, true), (true, true), (false, false)]);
        // What is made meanwhile counts afterwards, and was never made with the old one.
        let made = signed(&upload(&during, "1.2.png", NOW.plus(Duration::from_secs(1))).unwrap());
        assert!(is_upload(&after, &made, NOW).unwrap() && !is_upload(&before, &made, NOW).unwrap());
        assert!(!is_upload(&during, &link, NOW.plus(Duration::from_secs(1))).unwrap(), "and they end as ever");
    }

    #[test]
    fn a_link_that_a_picture_is_sent_to_is_good_for_one_thing_and_five_minutes() {
        let config = config(NEW, "", "");
        let link = signed(&picture(&config, Rewriting::Upright, NOW).unwrap());
        let counts = |rewriting, at| is_picture(&config, rewriting, &link, at).unwrap();
        assert!(counts(Rewriting::Upright, NOW) && !counts(Rewriting::Watermark, NOW));
        assert!(!counts(Rewriting::Upright, NOW.plus(Duration::from_mins(5))));
    }

    #[test]
    fn a_link_to_weights_is_the_same_for_a_day_and_good_for_two_hours_whenever_it_is_made() {
        let (config, character) = (config(NEW, "", ""), character());
        let link = |at| weights(&config, &character, at).unwrap();
        let opens = |url: &str, at| verified_weights(&config, &signed(url), at).unwrap().is_some();
        let day = Duration::from_hours(24);
        // 15 January 2027, from midnight to the last millisecond.
        let midnight = Timestamp::from_millis(1_799_971_200_000);
        for minutes in (0..24 * 60).step_by(15) {
            let at = midnight.plus(Duration::from_mins(minutes));
            assert_eq!(link(at), link(midnight), "{at}");
            assert!(opens(&link(at), at.plus(Duration::from_hours(2))), "{at}");
        }
        let last = Timestamp::from_millis(midnight.plus(day).as_millis() - 1);
        assert_eq!(link(last), link(midnight));
        assert_ne!(link(midnight.plus(day)), link(midnight));
        let end = midnight.plus(day + Duration::from_hours(2));
        assert!(opens(&link(last), Timestamp::from_millis(end.as_millis() - 1)));
        assert!(!opens(&link(last), end), "and it ends");
    }

    fn character() -> Character {
        let (account, id) = (AccountId::from_random([1; 16]), CharacterId::from_random([2; 16]));
        Character {
            id,
            account,
            name: "Ada".to_owned(),
            trigger_word: domain::TriggerWord::parse("ADA").unwrap(),
            created_at: NOW,
            photos: Vec::new(),
            warnings: Vec::new(),
            training: TaskId::from_random([3; 16]),
            later_training: None,
            settled: None,
            suspended: None,
            consent: None,
            state: domain::CharacterState::Training,
        }
    }

    #[test]
    fn callers_webhook_secrets_stay_when_the_secret_is_changed() {
        let account = AccountId::from_random([1; 16]);
        let secrets = change().map(|config| webhook_secret(&config, &account, 0).unwrap().expose().to_owned());
        assert!(secrets[0] == secrets[1] && secrets[1] == secrets[2]);
        let unsaid = webhook_secret(&config(NEW, "", ""), &account, 0).unwrap();
        assert_ne!(unsaid.expose(), secrets[0]);
    }

    #[test]
    fn a_previous_secret_that_is_too_short_opens_nothing() {
        let short = config(NEW, "short", OLD);
        assert!(is_upload_key(&short, "").is_err());
    }
}
