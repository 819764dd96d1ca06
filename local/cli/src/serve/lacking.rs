//! What a deployment needs and does not have.

use std::collections::BTreeMap;

use domain::setting::Values;
use domain::{ProviderName, Timestamp};
use lifecycle::config::settings;
use lifecycle::{Config, proofs};
use store::{redis, s3};
use webhook::link::SECRET_BYTES_MIN;

use crate::trainers;

/// Every variable that has to be set or changed before this can serve anybody, and why. Never shows a value.
pub(super) fn find(variables: &BTreeMap<String, String>) -> Vec<String> {
    let read = |name: &str| variables.get(name).cloned();
    let config = match Config::from_variables(read) {
        Ok(config) => config,
        Err(invalid) => return vec![invalid.0],
    };
    let mut lacking = Vec::new();
    if read(settings::PUBLIC_URL.name).is_none() || !is_url(&config.public_url) {
        lacking.push(format!("public_url has to be http(s)://host: {}", settings::PUBLIC_URL.says));
    }
    for (setting, secret) in
        [(settings::SIGNING_SECRET, &config.signing_secret), (settings::ADMIN_TOKEN, &config.admin_token)]
    {
        if secret.expose().len() < SECRET_BYTES_MIN {
            lacking.push(format!("{} has to have at least {SECRET_BYTES_MIN} bytes: {}", setting.name, setting.says));
        }
    }
    lacking.extend(proofs::retired(&config.retired_proof_keys).err().map(|invalid| invalid.0));
    lacking.extend(c2pa::Credential::read(&config.c2pa_certificate, &config.c2pa_key).err().map(|invalid| invalid.0));
    for name in &config.providers {
        lacking.extend(of_provider(&config, *name));
    }
    lacking.extend(of_store(variables, &config));
    lacking
}

fn is_url(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|host| !host.is_empty()))
}

/// What it takes to ask a provider, and to believe what it tells.
fn of_provider(config: &Config, name: ProviderName) -> Vec<String> {
    let configs = &config.provider_configs;
    // Whether links can be made is told by the other variables.
    let files = || Some("http://localhost/provider-files/code".to_owned());
    let mut lacking: Vec<String> = configs
        .open(name, &files, Timestamp::from_millis(0))
        .err()
        .map(|reason| format!("{reason} (provider {name})"))
        .into_iter()
        .collect();
    lacking.extend(trainers::misnamed(config, name));
    lacking.extend(configs.lacks_for_callbacks(name).map(str::to_owned));
    lacking
}

/// What it takes to reach a Redis and a bucket, where there are any.
fn of_store(variables: &BTreeMap<String, String>, config: &Config) -> Vec<String> {
    let read = |name: &str| variables.get(name).cloned();
    let values = Values::new(&read);
    let mut lacking = Vec::new();
    match redis::address(values) {
        Ok(Some(_)) if values.text(&redis::HOST).is_empty() => {
            lacking.push(format!("store_host has to be set with store_url: {}", redis::HOST.says));
        }
        Ok(_) => {}
        Err(invalid) => lacking.push(invalid.0),
    }
    if let Some(Err(invalid)) = config.s3.as_ref().map(s3::Bucket::new) {
        lacking.push(invalid.to_string());
    }
    lacking
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(pairs: &[(&str, &str)]) -> Vec<String> {
        find(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn names(lacking: &[String]) -> Vec<&str> {
        lacking.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect()
    }

    const COMPLETE: [(&str, &str); 5] = [
        ("public_url", "https://likeness.example"),
        ("signing_secret", "0123456789abcdef"),
        ("admin_token", "0123456789abcdef"),
        ("replicate_api_token", "r8_hidden"),
        ("replicate_webhook_secret", "whsec_hidden"),
    ];

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let told = lacking(&[]);
        let expected =
            ["public_url", "signing_secret", "admin_token", "replicate_api_token", "replicate_webhook_secret"];
        assert_eq!(names(&told), expected, "{told:?}");
        assert_eq!(lacking(&COMPLETE), [""; 0]);
    }

    #[test]
    fn each_provider_store_and_bucket_says_what_it_needs() {
        let with = |more: &[(&str, &str)]| lacking(&[&COMPLETE, more].concat());
        let told = with(&[("providers", "fal,cog")]);
        assert_eq!(names(&told), ["fal_key", "fal_user_id", "cog_callback_token"], "{told:?}");
        assert_eq!(names(&with(&[("store_url", "redis://:hidden@kv:6379")])), ["store_host"]);
        assert_eq!(names(&with(&[("store_url", "http://kv")])), ["store_url"]);
        assert_eq!(names(&with(&[("s3_endpoint", "https://s3.example")])), ["s3_bucket"]);
        assert_eq!(names(&with(&[("public_url", "likeness.example")])), ["public_url"]);
        assert_eq!(names(&with(&[("replicate_trainer", "acme/trainer")])), ["replicate_trainer"]);
        assert_eq!(names(&with(&[("open_tasks_max", "many")])), ["open_tasks_max"]);
        assert_eq!(names(&with(&[("c2pa_key", "hidden")])), ["c2pa_certificate"]);
        let short = with(&[("signing_secret", "hidden")]);
        assert!(names(&short) == ["signing_secret"] && !short.concat().contains("hidden"), "{short:?}");
    }
}
