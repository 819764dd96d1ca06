//! Callbacks checked with keys that a provider publishes: fetched once, kept for a day, asked for again when no signature matches.

use std::time::Duration;

use domain::{ProviderName, Timestamp};
use http::HeaderMap;
use provider::{Provider, Request as Question};
use serde::{Deserialize, Serialize};
use store::keys;
use webhook::Rejection;

use crate::fetch::fetch;
use crate::{Error, Ports};

/// How long published keys are good.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// How long they are not asked for again, whatever came of it: anybody can send what matches none.
const ASKED_EVERY: Duration = Duration::from_mins(1);
/// Largest document of keys, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Longest time for it.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What is known of a provider's keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Known {
    /// The document, and when it was fetched.
    published: Option<(String, Timestamp)>,
    /// When it was asked for last.
    asked_at: Option<Timestamp>,
}

/// Checks that a provider sent this callback.
///
/// # Errors
/// [`Error::Unsigned`] when it did not; [`Error::NotYet`] when that cannot be known now, so that it is sent again.
pub(crate) async fn verify<P: Ports>(
    ports: &P,
    name: ProviderName,
    provider: &dyn Provider,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Error> {
    let now = ports.now();
    let check = |keys: &str| provider.verify_callback(headers, body, keys.as_bytes(), now);
    let refused = |why: Rejection| {
        ports.log(&format!("a callback was refused: {why}"));
        Error::Unsigned
    };
    let Some(question) = provider.callback_keys() else { return check("").map_err(refused) };
    let key = keys::callback_keys(name);
    let known: Known = ports.store().read(&key).await?.unwrap_or_default();
    let good = known.published.as_ref().filter(|(_, at)| now.since(*at) < GOOD_FOR);
    let verdict = check(good.map_or("", |(keys, _)| keys));
    // Only these can become other with other keys.
    let Err(why @ (Rejection::NoMatchingSignature | Rejection::NoSecret)) = verdict else {
        return verdict.map_err(refused);
    };
    if known.asked_at.is_none_or(|at| now.since(at) >= ASKED_EVERY) {
        let asked = ask(ports, question).await.map(|keys| (keys, now));
        let published = asked.clone().or_else(|| known.published.clone());
        ports.store().write(&key, &Known { published, asked_at: Some(now) }).await?;
        if let Some((keys, _)) = asked {
            return check(&keys).map_err(refused);
        }
    }
    if good.is_some() { Err(refused(why)) } else { Err(unknown()) }
}

async fn ask<P: Ports>(ports: &P, question: Question) -> Option<String> {
    let answer = match fetch(ports, question, BYTES_MAX, TIME_MAX).await {
        Ok(answer) if answer.status().is_success() => String::from_utf8(answer.into_body()).ok(),
        Ok(_) | Err(_) => None,
    };
    if answer.is_none() {
        ports.log("the keys that callbacks are signed with could not be had");
    }
    answer
}

fn unknown() -> Error {
    let what = "The provider's keys cannot be had at the moment; send it again";
    Error::NotYet { what, cause: "the keys that callbacks are signed with are not known".to_owned() }
}
