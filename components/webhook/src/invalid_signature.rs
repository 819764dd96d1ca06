//! Why a callback is not believed, and the reading of headers that leads to it.

use http::HeaderMap;

/// How far a callback's timestamp may lie from our clock, to either side, in seconds.
pub const TOLERANCE_SECONDS: u64 = 5 * 60;

/// Why a callback is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// A header that must be there is not.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A header that must be there once is there more often.
    #[error("the header {0} is repeated")]
    RepeatedHeader(&'static str),
    /// A header holds something other than visible ASCII.
    #[error("the header {0} is not ASCII")]
    NotAscii(&'static str),
    /// The timestamp is not a whole number.
    #[error("the timestamp is not a number of seconds")]
    UnreadableTimestamp,
    /// The message was signed more than five minutes ago: a replay, or a wrong clock.
    #[error("the timestamp is too old")]
    TooOld,
    /// The message was signed more than five minutes in the future.
    #[error("the timestamp is too new")]
    TooNew,
    /// No secret and no key is configured, so nothing can be trusted.
    #[error("no webhook secret or key is known")]
    NoSecret,
    /// A configured secret cannot be used.
    #[error(transparent)]
    UnusableSecret(#[from] UnusableSecret),
    /// It was made for another account at the provider.
    #[error("it is another account's")]
    OtherAccount,
    /// Its body is of another request than its headers.
    #[error("its body is of another request")]
    OtherRequest,
    /// None of the signatures was made over this message with one of the secrets or keys.
    #[error("no signature matches")]
    NoMatchingSignature,
}

/// A secret that is not `whsec_` followed by the base64 of at least one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is not whsec_ followed by base64")]
pub struct UnusableSecret;

/// The one value of a header.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, InvalidSignature> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(InvalidSignature::MissingHeader(name))?;
    if values.next().is_some() {
        return Err(InvalidSignature::RepeatedHeader(name));
    }
    value.to_str().map_err(|_| InvalidSignature::NotAscii(name))
}

/// Reads a time of signing, in seconds since the Unix epoch, that is near enough to now.
pub(crate) fn current(timestamp: &str, now_seconds: i64) -> Result<i64, InvalidSignature> {
    let timestamp: i64 = timestamp.parse().map_err(|_| InvalidSignature::UnreadableTimestamp)?;
    match timestamp.abs_diff(now_seconds) > TOLERANCE_SECONDS {
        false => Ok(timestamp),
        true if timestamp < now_seconds => Err(InvalidSignature::TooOld),
        true => Err(InvalidSignature::TooNew),
    }
}
