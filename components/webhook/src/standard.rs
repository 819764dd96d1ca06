//! Standard Webhooks 1.0 with shared secrets (`v1`): how Replicate signs its callbacks.
//!
//! The headers `webhook-id`, `webhook-timestamp` and `webhook-signature` come with the body. Signed is
//! `{id}.{timestamp}.{raw body}` with HMAC-SHA256, under the key that a secret's base64 stands for. The signature header
//! is a list, so that a sender can change its secret without a pause: one match is enough.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

/// How far a callback's timestamp may lie from our clock, to either side, in seconds.
pub const TOLERANCE_SECONDS: u64 = 5 * 60;

/// The header with the message's id, the same each time it is sent.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of sending, in seconds since the Unix epoch.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the space-separated signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

const SECRET_PREFIX: &str = "whsec_";
const SIGNATURE_PREFIX: &str = "v1,";

/// Checks that a callback was signed with one of `secrets` at about `now_seconds` (since the Unix epoch).
///
/// # Errors
/// The first reason to refuse it; the headers and the timestamp are looked at before anything is computed.
pub fn verify(secrets: &[Secret], headers: &HeaderMap, body: &[u8], now_seconds: i64) -> Result<Verified, Rejection> {
    let id = single(headers, ID_HEADER)?;
    let timestamp_text = single(headers, TIMESTAMP_HEADER)?;
    let signatures = single(headers, SIGNATURE_HEADER)?;
    let timestamp: i64 = timestamp_text.parse().map_err(|_| Rejection::UnreadableTimestamp)?;
    if timestamp.abs_diff(now_seconds) > TOLERANCE_SECONDS {
        return Err(if timestamp < now_seconds { Rejection::TooOld } else { Rejection::TooNew });
    }
    if secrets.is_empty() {
        return Err(Rejection::NoSecret);
    }
    for secret in secrets {
        // The text that was signed, not the number it stands for: `01` and `1` are different messages.
        let mac = message_mac(secret, id, timestamp_text, body)?;
        if candidates(signatures).any(|signature| mac.clone().verify_slice(&signature).is_ok()) {
            return Ok(Verified { id: id.to_owned(), timestamp });
        }
    }
    Err(Rejection::NoMatchingSignature)
}

/// Signs a message of ours: the value of its `webhook-signature` header. `timestamp` is in seconds since the Unix epoch.
///
/// # Errors
/// When the secret is not `whsec_` and the base64 of at least one byte.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Result<String, UnusableSecret> {
    let mac = message_mac(secret, id, &timestamp.to_string(), body)?;
    Ok(format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// A callback whose signature and time are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The message's id: a repeated delivery has the same.
    pub id: String,
    /// When it was sent, in seconds since the Unix epoch.
    pub timestamp: i64,
}

/// Why a callback is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
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
    /// No secret is configured, so nothing can be trusted.
    #[error("no webhook secret is configured")]
    NoSecret,
    /// A configured secret cannot be used.
    #[error(transparent)]
    UnusableSecret(#[from] UnusableSecret),
    /// None of the signatures was made over this message with one of the secrets.
    #[error("no signature matches")]
    NoMatchingSignature,
}

/// A secret that is not `whsec_` followed by the base64 of at least one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is not whsec_ followed by base64")]
pub struct UnusableSecret;

fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Rejection> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Rejection::MissingHeader(name))?;
    if values.next().is_some() {
        return Err(Rejection::RepeatedHeader(name));
    }
    value.to_str().map_err(|_| Rejection::NotAscii(name))
}

fn message_mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, UnusableSecret> {
    let encoded = secret.expose().strip_prefix(SECRET_PREFIX).ok_or(UnusableSecret)?;
    let key = STANDARD.decode(encoded).map_err(|_| UnusableSecret)?;
    if key.is_empty() {
        return Err(UnusableSecret);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| UnusableSecret)?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Ok(mac)
}

/// The `v1` signatures of the list; other versions, and what is not base64, cannot match and are passed over.
fn candidates(signatures: &str) -> impl Iterator<Item = Vec<u8>> {
    signatures.split(' ').filter_map(|signature| STANDARD.decode(signature.strip_prefix(SIGNATURE_PREFIX)?).ok())
}

#[cfg(test)]
mod tests;
