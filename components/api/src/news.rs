//! `?wait=25`: the answer is held back until there is news of what is asked about, or so many seconds have passed.

use std::time::Duration;

use lifecycle::Ports;
use serde_json::json;

use crate::Error;
use crate::openapi::description::Description;
use crate::wire::Request;

/// Longest time that an answer is held back, in seconds: below the request limit of the platforms.
const WAIT_SECONDS_MAX: u64 = 25;
/// How often a waiting request looks again.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a look sees.
pub(crate) struct Seen<T> {
    /// What is told.
    pub(crate) told: T,
    /// What of it is news when it changes, the state and how much is done in percent; nothing where nothing will change any more.
    pub(crate) news: Option<(&'static str, u8)>,
}

/// Looks, and looks again for as long as the request waits and nothing is new.
///
/// # Errors
/// Those of the first look. Later ones are told in the log: what was seen before them stands.
pub(crate) async fn wait_for<P: Ports, B, T>(
    ports: &P,
    request: &Request<B>,
    look: impl AsyncFn() -> Result<Seen<T>, Error>,
) -> Result<T, Error> {
    let wait = request.number("wait", 0, WAIT_SECONDS_MAX)?.unwrap_or_default();
    let give_up_at = ports.now().plus(Duration::from_secs(wait));
    let Seen { mut told, news } = look().await?;
    let Some(before) = news else { return Ok(told) };
    while ports.now() < give_up_at {
        ports.sleep(LOOK_EVERY.min(give_up_at.since(ports.now()))).await;
        match look().await {
            Ok(seen) if seen.news.as_ref() == Some(&before) => told = seen.told,
            Ok(seen) => return Ok(seen.told),
            Err(error) => ports.log(&format!("it is looked again: {}", error.message)),
        }
    }
    Ok(told)
}

/// The parameter, in a description.
pub(crate) fn described(description: Description) -> Description {
    description.query(
        "wait",
        "Hold the answer back for at most so many seconds, until something has changed.",
        json!({ "type": "integer", "minimum": 0, "maximum": WAIT_SECONDS_MAX }),
    )
}
