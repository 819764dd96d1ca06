//! Callbacks checked with keys that a provider publishes: fetched once, asked for again after a day, or when no signature matches.
//!
//! Only a document with keys in it replaces the one that is known, and the old one counts as long as no other can be had: a provider that
//! shows an error page there loses nobody's callbacks.

use std::time::Duration;

use domain::{ProviderName, Timestamp};
use http::HeaderMap;
use provider::{Provider, Request as Question};
use serde::{Deserialize, Serialize};
use store::keys;
use webhook::InvalidSignature;

use crate::fetch::fetch;
use crate::{Error, Ports};

/// How long published keys are used without asking for them again.
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
    /// The document, which has keys in it, and when it was fetched.
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
    let refused = |why: InvalidSignature| {
        ports.log(&format!("a callback was refused: {why}"));
        Error::Unsigned
    };
    let Some(question) = provider.callback_keys() else { return check("").map_err(refused) };
    let key = keys::callback_keys(name);
    let known: Known = ports.store().read(&key).await?.unwrap_or_default();
    let published = known.published.filter(|(keys, _)| provider.has_callback_keys(keys.as_bytes()));
    let verdict = check(published.as_ref().map_or("", |(keys, _)| keys));
    let is_good = published.as_ref().is_some_and(|(_, at)| now.since(*at) < GOOD_FOR);
    // Only these can become other with other keys.
    let is_open = match verdict {
        Ok(()) => !is_good,
        Err(why) => matches!(why, InvalidSignature::NoMatchingSignature | InvalidSignature::NoSecret),
    };
    if is_open && known.asked_at.is_none_or(|at| now.since(at) >= ASKED_EVERY) {
        let asked = ask(ports, provider, question).await.map(|keys| (keys, now));
        let published = asked.clone().or_else(|| published.clone());
        ports.store().write(&key, &Known { published, asked_at: Some(now) }).await?;
        if let Some((keys, _)) = asked {
            return check(&keys).map_err(refused);
        }
    }
    match verdict {
        Err(_) if is_open && !is_good => Err(unknown()),
        verdict => verdict.map_err(refused),
    }
}

/// The document of keys, if it can be had and has any.
async fn ask<P: Ports>(ports: &P, provider: &dyn Provider, question: Question) -> Option<String> {
    let answer = match fetch(ports, question, BYTES_MAX, TIME_MAX).await {
        Ok(answer) if answer.status().is_success() => String::from_utf8(answer.into_body()).ok(),
        Ok(_) | Err(_) => None,
    };
    let keys = answer.filter(|keys| provider.has_callback_keys(keys.as_bytes()));
    if keys.is_none() {
        ports.log("the keys that callbacks are signed with could not be had");
    }
    keys
}

fn unknown() -> Error {
    let what = "The provider's keys cannot be had at the moment; send it again";
    Error::NotYet { what, cause: "the keys that callbacks are signed with are not known".to_owned() }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use http::HeaderValue;
    use sha2::{Digest, Sha256};
    use webhook::fal::{REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, USER_ID_HEADER};

    use super::*;
    use crate::jobs;
    use crate::testing::{World, run};

    /// The public part of RFC 8032's first key, as fal publishes it, and its secret part.
    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    /// Another good key: the RFC's second.
    const OTHER_KEYS: &str =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"}]}"#;
    const WRONG: [&str; 3] = ["<html>Bad gateway</html>", r#"{"keys":[]}"#, "{"];
    const LONG: Duration = Duration::from_hours(25);

    fn world() -> World {
        World::new(&[("fal_key", "id:secret"), ("fal_user_id", "user")])
    }

    /// What is said of a callback that is sent now, signed with the key or with none.
    fn said(world: &World, is_signed: bool) -> Result<(), Error> {
        let fal = jobs::configured(world, ProviderName::Fal).unwrap();
        let body = br#"{"request_id":"1","status":"OK"}"#;
        let time = world.now().as_seconds().to_string();
        let message = format!("1\nuser\n{time}\n{}", hex::encode(Sha256::digest(body)));
        let key = SigningKey::from_bytes(&hex::decode(SEED).unwrap().try_into().unwrap());
        let signature = if is_signed { key.sign(message.as_bytes()).to_bytes() } else { [0; 64] };
        let signature = hex::encode(signature);
        let headers = [
            (REQUEST_ID_HEADER, "1"),
            (USER_ID_HEADER, "user"),
            (TIMESTAMP_HEADER, &time),
            (SIGNATURE_HEADER, &signature),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()));
        run(verify(world, ProviderName::Fal, &*fal, &HeaderMap::from_iter(headers), body))
    }

    #[test]
    fn a_document_without_keys_replaces_none_and_old_ones_serve_meanwhile() {
        let world = world();
        world.answers(200, KEYS);
        said(&world, true).unwrap();
        assert_eq!(world.asked(), 1);
        said(&world, true).unwrap();
        assert_eq!(world.asked(), 1, "good ones are not asked for again");
        for (n, wrong) in WRONG.iter().enumerate() {
            world.later(LONG);
            world.answers(200, wrong);
            said(&world, true).unwrap_or_else(|error| panic!("{wrong}: {error}"));
            said(&world, true).unwrap();
            assert_eq!(world.asked(), n + 2, "once a minute");
        }
        world.later(ASKED_EVERY);
        world.answers(200, KEYS);
        said(&world, true).unwrap();
        world.later(ASKED_EVERY);
        said(&world, true).unwrap();
        assert_eq!(world.asked(), WRONG.len() + 2, "and then they are good for a day");
    }

    #[test]
    fn what_matches_no_key_is_refused_while_they_are_new_and_sent_again_when_they_may_be_others() {
        let world = world();
        assert!(matches!(said(&world, true), Err(Error::NotYet { .. })));
        assert!(matches!(said(&world, true), Err(Error::NotYet { .. })));
        assert_eq!(world.asked(), 1);
        world.later(ASKED_EVERY);
        world.answers(200, KEYS);
        assert!(matches!(said(&world, false), Err(Error::Unsigned)));
        world.later(LONG);
        assert!(matches!(said(&world, false), Err(Error::NotYet { .. })));
        world.later(ASKED_EVERY);
        world.answers(200, OTHER_KEYS);
        assert!(matches!(said(&world, true), Err(Error::Unsigned)), "new ones replace the old");
    }
}
