//! Configuration, read from the application's variables.

pub mod contact;
pub mod settings;

use std::ops::RangeInclusive;
use std::time::Duration;

use contact::Contact;
pub use domain::setting::InvalidVariable;
use domain::setting::{Values, names};
use domain::{Allowance, ConsentPolicy, ProviderName, Secret, Setting, Watermark};
use http::HeaderName;
use provider::registry::Configs;
use store::s3;
use url::Url;

/// Names of all variables, as in spin.toml. A function reads those it is granted; the others keep their defaults.
pub const VARIABLES: [&str; settings::ALL.len()] = names(&settings::ALL);

/// Longest time a generation may keep its caller waiting, in seconds.
const GENERATION_WAIT_SECONDS_MAX: u32 = 600;
/// Longest deadline, in minutes: a day.
const DEADLINE_MINUTES_MAX: u32 = 24 * 60;
/// Most days that photos may be kept: ten years.
const DAYS_MAX: u32 = 3_650;
/// Longest time that results are kept, in days: no bucket signs a link for longer.
const RESULTS_KEPT_DAYS_MAX: u32 = 7;
/// Shortest time that tasks are kept, in days: their files are there for up to 7, their messages are tried for 2.
const TASKS_KEPT_DAYS_MIN: u32 = 8;
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Most requests that an account may be allowed in a day or a minute.
const REQUESTS_MAX: u32 = 1_000_000_000;
/// Most pages of what is due: each round of the sweep reads all.
const DUE_PAGES_MAX: u32 = 1_024;
/// Most open tasks that an account may be allowed: each hold is a part of one document.
pub(crate) const OPEN_TASKS_MAX: u32 = 100;

/// Bytes of uploads that an account may be allowed to have, at least and at most.
const UPLOAD_BYTES: RangeInclusive<u32> = 1_000_000..=4_000_000_000;
/// Most uploads that an account may be allowed to have: each is a part of one document.
const UPLOAD_FILES_MAX: u32 = 1_000;

/// Most gigabytes of uploads in a day, of all accounts together, that can be allowed.
const UPLOAD_GIGABYTES_MAX: u32 = 100_000;
/// Bytes of a gigabyte.
const GIGABYTE: u64 = 1_000_000_000;

/// What an account may have here of its own files, all that are not over yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Most bytes of all together.
    pub bytes: u64,
    /// Most files.
    pub files: u32,
    /// Most bytes that all accounts together may bring in a day, whatever each of them has room for.
    pub bytes_per_day: u64,
}

/// A request's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the public reaches this application, without a trailing slash: the base of every link handed out.
    pub public_url: String,
    /// Key of the MACs in links handed to providers.
    pub signing_secret: Secret,
    /// The key before it, while links made with it are out; empty when there are none.
    pub signing_secret_previous: Secret,
    /// What callers' webhook secrets are made from; empty where that is the `signing_secret`.
    pub webhook_signing_secret: Secret,
    /// The public keys of secrets before, as they are written: `proofs` reads them, so that only who publishes them has the code for that.
    pub retired_proof_keys: String,
    /// The certificates that pictures are signed with, as they are written: [`c2pa::Credential`] reads them, so that only who signs has the code
    /// for that.
    pub c2pa_certificate: String,
    /// The key of the first of them, as it is written.
    pub c2pa_key: Secret,
    /// Opens the admin API; empty closes it.
    pub admin_token: Secret,
    /// Who is asked, the first one first.
    pub providers: Vec<ProviderName>,
    /// How each provider is reached.
    pub provider_configs: Configs,
    /// How long a generation waits for its pictures before it is given up.
    pub generation_wait: Duration,
    /// How long a training may take before it is given up and its credits are given back.
    pub training_deadline: Duration,
    /// How long a generation that nobody waits for may take before it is given up and its credits are given back.
    pub generation_deadline: Duration,
    /// Most open tasks of an account.
    pub open_tasks_max: u32,
    /// Over how many pages it is spread what is due of which account.
    pub due_pages: u64,
    /// How often an account may ask for something.
    pub allowance: Allowance,
    /// What an account may have here of its own files.
    pub upload_room: Room,
    /// How long photos are kept after their training ended, so that it can be done again elsewhere.
    pub photos_kept: Duration,
    /// How long what was made can be fetched.
    pub results_kept: Duration,
    /// How long it is kept what a task was asked and what it made, from when it was settled.
    pub tasks_kept: Duration,
    /// Where new photos and pictures are kept; nothing for the store.
    pub s3: Option<s3::Settings>,
    /// Whether callers are sent to the bucket for their pictures; otherwise those pass through here.
    pub s3_redirect: bool,
    /// What is asked of who creates a character.
    pub consent_policy: ConsentPolicy,
    /// What stands in the corner of every picture that is delivered.
    pub watermark: Option<Watermark>,
    /// Whose pages may call the API from a browser; `*` for all.
    pub cors_origins: Vec<String>,
    /// The header whose last address is where a request comes from.
    pub client_address_header: HeaderName,
    /// Where people who are pictured ask to have pictures of them removed.
    pub privacy_contact: Option<Contact>,
    /// Whether photo URLs may point to this machine, for local use.
    pub allow_loopback: bool,
}

impl Config {
    /// Builds the configuration from the variables' values; those without one are not granted to this function.
    ///
    /// # Errors
    /// [`InvalidVariable`] names the variable and what it has to be.
    pub fn from_variables(value: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariable> {
        let values = Values::new(&value);
        let minutes = |setting| values.number(setting, 1..=DEADLINE_MINUTES_MAX).map(|n| Duration::from_mins(n.into()));
        let wait = values.number(&settings::GENERATION_WAIT, 1..=GENERATION_WAIT_SECONDS_MAX)?;
        let days =
            |setting, range| values.number(setting, range).map(|n| Duration::from_secs(u64::from(n) * DAY_SECONDS));
        Ok(Self {
            public_url: values.base(&settings::PUBLIC_URL),
            signing_secret: values.secret(&settings::SIGNING_SECRET),
            signing_secret_previous: values.secret(&settings::SIGNING_SECRET_PREVIOUS),
            webhook_signing_secret: webhook_signing_secret(values)?,
            retired_proof_keys: values.text(&settings::RETIRED_PROOF_KEYS),
            c2pa_certificate: values.text(&c2pa::CERTIFICATE),
            c2pa_key: values.secret(&c2pa::KEY),
            admin_token: values.secret(&settings::ADMIN_TOKEN),
            providers: providers(&values.text(&settings::PROVIDERS))?,
            provider_configs: Configs::read(values),
            generation_wait: Duration::from_secs(wait.into()),
            training_deadline: minutes(&settings::TRAINING_DEADLINE)?,
            generation_deadline: minutes(&settings::GENERATION_DEADLINE)?,
            photos_kept: days(&settings::PHOTOS_KEPT, 0..=DAYS_MAX)?,
            results_kept: days(&settings::RESULTS_KEPT, 1..=RESULTS_KEPT_DAYS_MAX)?,
            tasks_kept: days(&settings::TASKS_KEPT, TASKS_KEPT_DAYS_MIN..=DAYS_MAX)?,
            open_tasks_max: values.number(&settings::OPEN_TASKS_MAX, 1..=OPEN_TASKS_MAX)?,
            due_pages: values.number(&settings::DUE_PAGES, 1..=DUE_PAGES_MAX)?.into(),
            allowance: Allowance {
                per_day: values.number(&settings::REQUESTS_PER_DAY, 1..=REQUESTS_MAX)?,
                per_minute: values.number(&settings::REQUESTS_PER_MINUTE, 1..=REQUESTS_MAX)?,
            },
            upload_room: Room {
                bytes: values.number(&settings::UPLOAD_BYTES, UPLOAD_BYTES)?.into(),
                files: values.number(&settings::UPLOAD_FILES, 1..=UPLOAD_FILES_MAX)?,
                bytes_per_day: u64::from(values.number(&settings::UPLOAD_GIGABYTES, 1..=UPLOAD_GIGABYTES_MAX)?)
                    .saturating_mul(GIGABYTE),
            },
            s3: s3::Settings::read(values),
            s3_redirect: values.switch(&s3::REDIRECT)?,
            consent_policy: consent_policy(&values.text(&settings::CONSENT_POLICY))?,
            watermark: watermark(&values.text(&settings::WATERMARK))?,
            cors_origins: origins(&values.text(&settings::CORS_ORIGINS))?,
            client_address_header: header(values, &settings::CLIENT_ADDRESS_HEADER)?,
            privacy_contact: Contact::read(values)?,
            allow_loopback: values.switch(&settings::ALLOW_LOOPBACK)?,
        })
    }
}

/// What callers' webhook secrets are made from. With the `signing_secret` they would all change, unnoticed, so it has to be said what they
/// are made from as soon as that one is.
fn webhook_signing_secret(values: Values<'_>) -> Result<Secret, InvalidVariable> {
    let secret = values.secret(&settings::WEBHOOK_SIGNING_SECRET);
    if secret.is_empty() && !values.secret(&settings::SIGNING_SECRET_PREVIOUS).is_empty() {
        let what =
            "set while signing_secret_previous is: to what signing_secret was, and callers' webhook secrets stay";
        return Err(InvalidVariable::new(&settings::WEBHOOK_SIGNING_SECRET, what));
    }
    Ok(secret)
}

fn providers(text: &str) -> Result<Vec<ProviderName>, InvalidVariable> {
    let mut providers = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let known = name.parse().ok().filter(|name| !providers.contains(name));
        let all = || ProviderName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        providers.push(
            known
                .ok_or_else(|| InvalidVariable::new(&settings::PROVIDERS, &format!("some of {}, each once", all())))?,
        );
    }
    Ok(if providers.is_empty() { vec![ProviderName::Replicate] } else { providers })
}

fn consent_policy(text: &str) -> Result<ConsentPolicy, InvalidVariable> {
    text.parse().map_err(|_| {
        let all: Vec<String> = ConsentPolicy::ALL.iter().map(|policy| format!("`{}`", policy.as_str())).collect();
        InvalidVariable::new(&settings::CONSENT_POLICY, &all.join(" or "))
    })
}

fn watermark(text: &str) -> Result<Option<Watermark>, InvalidVariable> {
    let read = (!text.is_empty()).then(|| text.parse()).transpose();
    read.map_err(|_| InvalidVariable::new(&settings::WATERMARK, "1 to 24 printable ASCII characters, or empty"))
}

fn header(values: Values<'_>, setting: &Setting) -> Result<HeaderName, InvalidVariable> {
    values.text(setting).parse().map_err(|_| InvalidVariable::new(setting, "the name of a header"))
}

fn origins(text: &str) -> Result<Vec<String>, InvalidVariable> {
    let is_one = |text: &str| Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    let named = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let checked = named.map(|origin| match origin {
        "*" => Ok(origin.to_owned()),
        origin if is_one(origin) => Ok(origin.to_owned()),
        _ => Err(InvalidVariable::new(
            &settings::CORS_ORIGINS,
            "`*`, or origins as browsers send them, in small letters and without a path: https://app.example.com",
        )),
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_changes_the_signing_secret_says_what_webhook_secrets_are_made_from() {
        let read = |webhook: &'static str| {
            Config::from_variables(move |name| match name {
                "signing_secret_previous" => Some("the secret before this one".into()),
                "webhook_signing_secret" => Some(webhook.into()),
                _ => None,
            })
        };
        assert!(read("").unwrap_err().0.starts_with("webhook_signing_secret"));
        assert!(read("the secret before this one").is_ok());
    }

    #[test]
    fn values_are_read_and_bad_ones_named() {
        let config = Config::from_variables(|name| match name {
            "public_url" => Some("https://example.com/ ".into()),
            "generation_wait_seconds" => Some("25".into()),
            "allow_loopback" => Some("true".into()),
            _ => None,
        })
        .unwrap();
        assert_eq!(config.public_url, "https://example.com");
        assert_eq!(config.generation_wait, Duration::from_secs(25));
        assert!(config.allow_loopback);
        assert_eq!(config.providers, [ProviderName::Replicate]);
        let several = Config::from_variables(|name| (name == "providers").then(|| " fal, replicate ,".into()));
        assert_eq!(several.unwrap().providers, [ProviderName::Fal, ProviderName::Replicate]);
        assert_eq!((config.training_deadline, config.open_tasks_max), (Duration::from_hours(1), 10));
        assert_eq!(config.allowance, Allowance { per_day: 10_000, per_minute: 120 });
        assert_eq!(config.upload_room, Room { bytes: 2_000_000_000, files: 500, bytes_per_day: 200_000_000_000 });
        let attested = Config::from_variables(|name| (name == "consent_policy").then(|| "attested".into())).unwrap();
        assert_eq!((config.consent_policy, attested.consent_policy), (ConsentPolicy::Off, ConsentPolicy::Attested));
        let marked = Config::from_variables(|name| (name == "watermark").then(|| "Made by AI".into())).unwrap();
        assert_eq!((config.watermark, marked.watermark), (None, Some("Made by AI".parse().unwrap())));
        let named =
            Config::from_variables(|name| (name == "client_address_header").then(|| "X-Real-IP".into())).unwrap();
        assert_eq!(
            (config.client_address_header.as_str(), named.client_address_header.as_str()),
            ("spin-client-addr", "x-real-ip")
        );
        let at_once = Config::from_variables(|name| (name == "photos_kept_days").then(|| "0".into()));
        assert_eq!((config.photos_kept, at_once.unwrap().photos_kept), (Duration::from_hours(720), Duration::ZERO));
        for (variable, bad) in [
            ("generation_wait_seconds", "0"),
            ("open_tasks_max", "101"),
            ("photos_kept_days", "3651"),
            ("results_kept_days", "0"),
            ("results_kept_days", "8"),
            ("tasks_kept_days", "7"),
            ("requests_per_day", "0"),
            ("upload_bytes_per_account", "999999"),
            ("upload_files_per_account", "1001"),
            ("training_deadline_minutes", "soon"),
            ("allow_loopback", "yes"),
            ("s3_redirect", "1"),
            ("consent_policy", "Attested"),
            ("consent_policy", "true"),
            ("watermark", "made with a long watermark"),
            ("watermark", "caf\u{e9}"),
            ("providers", "replicate, Fal"),
            ("providers", "fal,fal"),
            ("cors_origins", "https://app.example.com/"),
            ("cors_origins", "app.example.com"),
            ("client_address_header", "x real ip"),
            ("privacy_contact", "Ada"),
        ] {
            let error = Config::from_variables(|name| (name == variable).then(|| bad.into())).unwrap_err();
            assert!(error.0.starts_with(variable), "{error:?}");
        }
    }
}
