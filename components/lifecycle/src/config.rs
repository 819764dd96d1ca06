//! Configuration, read from the application's variables.

use std::time::Duration;

use domain::{Allowance, ProviderName, Secret, limits};
use store::s3;

/// Names of all variables, as in spin.toml. A function reads those it is granted; the others keep their defaults.
pub const VARIABLES: [&str; 33] = [
    "public_url",
    "signing_secret",
    "admin_token",
    "providers",
    "replicate_api_token",
    "replicate_webhook_secret",
    "replicate_base_url",
    "replicate_output_host",
    "replicate_trainer",
    "replicate_model",
    "fal_key",
    "fal_user_id",
    "fal_queue_url",
    "fal_rest_url",
    "fal_trainer",
    "fal_model",
    "cog_trainer_url",
    "cog_model_url",
    "cog_callback_token",
    "generation_wait_seconds",
    "training_deadline_minutes",
    "generation_deadline_minutes",
    "open_tasks_max",
    "photos_kept_days",
    "requests_per_day",
    "requests_per_minute",
    "s3_endpoint",
    "s3_bucket",
    "s3_region",
    "s3_access_key_id",
    "s3_secret_access_key",
    "s3_redirect",
    "allow_loopback",
];

/// Longest time a generation may keep its caller waiting, in seconds.
const GENERATION_WAIT_SECONDS_MAX: u64 = 600;
/// Longest deadline, in minutes: a day.
const DEADLINE_MINUTES_MAX: u64 = 24 * 60;
/// Most days that photos may be kept: ten years.
const DAYS_MAX: u64 = 3_650;
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Most requests that an account may be allowed in a day or a minute.
const REQUESTS_MAX: u64 = 1_000_000_000;
/// Most open tasks that an account may be allowed: each hold is a part of one document.
const OPEN_TASKS_MAX: u64 = 100;

/// A request's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the public reaches this application, without a trailing slash: the base of every link handed out.
    pub public_url: String,
    /// Key of the MACs in links handed to providers.
    pub signing_secret: Secret,
    /// Opens the admin API; empty closes it.
    pub admin_token: Secret,
    /// Who is asked, the first one first.
    pub providers: Vec<ProviderName>,
    /// How Replicate is reached.
    pub replicate: Replicate,
    /// How fal is reached.
    pub fal: Fal,
    /// How our own containers are reached.
    pub cog: Cog,
    /// How long a generation waits for its pictures before it is given up.
    pub generation_wait: Duration,
    /// How long a training may take before it is given up and its credits are given back.
    pub training_deadline: Duration,
    /// How long a generation that nobody waits for may take before it is given up and its credits are given back.
    pub generation_deadline: Duration,
    /// Most open tasks of an account.
    pub open_tasks_max: u32,
    /// How often an account may ask for something.
    pub allowance: Allowance,
    /// How long photos are kept after their training ended, so that it can be done again elsewhere.
    pub photos_kept: Duration,
    /// Where new photos and pictures are kept; nothing for the store.
    pub s3: Option<s3::Settings>,
    /// Whether callers are sent to the bucket for their pictures; otherwise those pass through here.
    pub s3_redirect: bool,
    /// Whether photo URLs may point to this machine, for local use.
    pub allow_loopback: bool,
}

/// How Replicate, or something with its HTTP API, is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replicate {
    /// API token.
    pub api_token: Secret,
    /// Webhook signing secrets (`whsec_...`), separated by spaces while one replaces another.
    pub webhook_secret: Secret,
    /// Scheme, host and port.
    pub base_url: String,
    /// The trainer, `owner/name`.
    pub trainer: String,
    /// Name of the model that trained versions are pushed to, in the token's account.
    pub model: String,
}

/// How fal, or something with its queue API, is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fal {
    /// API key, `id:secret`.
    pub key: Secret,
    /// The account's user id, which its callbacks carry.
    pub user_id: String,
    /// Scheme, host and port of the queue.
    pub queue_url: String,
    /// Scheme, host and port of the keys that callbacks are signed with.
    pub rest_url: String,
    /// The trainer, `owner/name`.
    pub trainer: String,
    /// What makes pictures, `owner/name`.
    pub model: String,
}

/// How Cog containers are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cog {
    /// Scheme, host and port of the container that trains.
    pub trainer_url: String,
    /// Scheme, host and port of the one that makes pictures.
    pub model_url: String,
    /// What their callbacks are opened with.
    pub callback_token: Secret,
}

/// A variable has a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidVariable(pub String);

impl Config {
    /// Builds the configuration from the variables' values; those without one are not granted to this function.
    ///
    /// # Errors
    /// [`InvalidVariable`] names the variable and what it has to be.
    pub fn from_variables(value: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidVariable> {
        let text = |name: &str| value(name).unwrap_or_default().trim().to_owned();
        let secret = |name: &str| Secret::new(text(name));
        let base = |name: &str| text(name).trim_end_matches('/').to_owned();
        let number = |name: &str, default, most| parse_number(name, &text(name), default, most);
        let minutes = |name: &str, default: Duration| {
            Ok(Duration::from_mins(number(name, default.as_secs() / 60, DEADLINE_MINUTES_MAX)?))
        };
        let count =
            |name: &str, default: u32, most| Ok(u32::try_from(number(name, default.into(), most)?).unwrap_or(default));
        Ok(Self {
            public_url: base("public_url"),
            signing_secret: secret("signing_secret"),
            admin_token: secret("admin_token"),
            providers: parse_providers(&text("providers"))?,
            fal: Fal {
                key: secret("fal_key"),
                user_id: text("fal_user_id"),
                queue_url: base("fal_queue_url"),
                rest_url: base("fal_rest_url"),
                trainer: text("fal_trainer"),
                model: text("fal_model"),
            },
            cog: Cog {
                trainer_url: base("cog_trainer_url"),
                model_url: base("cog_model_url"),
                callback_token: secret("cog_callback_token"),
            },
            replicate: Replicate {
                api_token: secret("replicate_api_token"),
                webhook_secret: secret("replicate_webhook_secret"),
                base_url: base("replicate_base_url"),
                trainer: text("replicate_trainer"),
                model: text("replicate_model"),
            },
            generation_wait: Duration::from_secs(number("generation_wait_seconds", 0, GENERATION_WAIT_SECONDS_MAX)?),
            training_deadline: minutes("training_deadline_minutes", limits::TRAINING_DEADLINE)?,
            generation_deadline: minutes("generation_deadline_minutes", limits::GENERATION_DEADLINE)?,
            photos_kept: parse_days("photos_kept_days", &text("photos_kept_days"), limits::PHOTOS_KEPT)?,
            open_tasks_max: count("open_tasks_max", limits::OPEN_TASKS_MAX, OPEN_TASKS_MAX)?,
            allowance: Allowance {
                per_day: count("requests_per_day", limits::REQUESTS_PER_DAY, REQUESTS_MAX)?,
                per_minute: count("requests_per_minute", limits::REQUESTS_PER_MINUTE, REQUESTS_MAX)?,
            },
            s3: Some(base("s3_endpoint")).filter(|endpoint| !endpoint.is_empty()).map(|endpoint| s3::Settings {
                endpoint,
                bucket: text("s3_bucket"),
                region: text("s3_region"),
                access_key_id: text("s3_access_key_id"),
                secret_access_key: secret("s3_secret_access_key"),
            }),
            s3_redirect: parse_switch("s3_redirect", &text("s3_redirect"), true)?,
            allow_loopback: parse_switch("allow_loopback", &text("allow_loopback"), false)?,
        })
    }
}

fn parse_providers(text: &str) -> Result<Vec<ProviderName>, InvalidVariable> {
    let mut providers = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let known = name.parse().ok().filter(|name| !providers.contains(name));
        let all = ProviderName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        providers.push(known.ok_or_else(|| InvalidVariable(format!("providers has to be some of {all}, each once")))?);
    }
    Ok(if providers.is_empty() { vec![ProviderName::Replicate] } else { providers })
}

fn parse_switch(name: &str, text: &str, default: bool) -> Result<bool, InvalidVariable> {
    match text {
        "" => Ok(default),
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(InvalidVariable(format!("{name} has to be true or false"))),
    }
}

/// Like [`parse_number`], and 0 is a number of days, too.
fn parse_days(name: &str, text: &str, default: Duration) -> Result<Duration, InvalidVariable> {
    let days = if text == "0" { 0 } else { parse_number(name, text, default.as_secs() / DAY_SECONDS, DAYS_MAX)? };
    Ok(Duration::from_secs(days * DAY_SECONDS))
}

fn parse_number(name: &str, text: &str, default: u64, most: u64) -> Result<u64, InvalidVariable> {
    if text.is_empty() {
        return Ok(default);
    }
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| InvalidVariable(format!("{name} has to be a whole number from 1 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (variable, bad) in [
            ("generation_wait_seconds", "0"),
            ("open_tasks_max", "101"),
            ("training_deadline_minutes", "soon"),
            ("allow_loopback", "yes"),
            ("s3_redirect", "1"),
            ("providers", "replicate, Fal"),
            ("providers", "fal,fal"),
        ] {
            let error = Config::from_variables(|name| (name == variable).then(|| bad.into())).unwrap_err();
            assert!(error.0.starts_with(variable), "{error:?}");
        }
    }
}
