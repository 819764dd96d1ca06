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

use crate::invalid_signature::{InvalidSignature, UnusableSecret, current, single};

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
pub fn verify(
    secrets: &[Secret],
    headers: &HeaderMap,
    body: &[u8],
    now_seconds: i64,
) -> Result<Verified, InvalidSignature> {
    let id = single(headers, ID_HEADER)?;
    let timestamp_text = single(headers, TIMESTAMP_HEADER)?;
    let signatures = single(headers, SIGNATURE_HEADER)?;
    let timestamp = current(timestamp_text, now_seconds)?;
    if secrets.is_empty() {
        return Err(InvalidSignature::NoSecret);
    }
    for secret in secrets {
        // The text that was signed, not the number it stands for: `01` and `1` are different messages.
        let mac = message_mac(secret, id, timestamp_text, body)?;
        if candidates(signatures).any(|signature| mac.clone().verify_slice(&signature).is_ok()) {
            return Ok(Verified { id: id.to_owned(), timestamp });
        }
    }
    Err(InvalidSignature::NoMatchingSignature)
}

/// Signs a message of ours: the value of its `webhook-signature` header. `timestamp` is in seconds since the Unix epoch.
///
/// # Errors
/// When the secret is not `whsec_` and the base64 of at least one byte.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Result<String, UnusableSecret> {
    let mac = message_mac(secret, id, &timestamp.to_string(), body)?;
    Ok(format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The secret whose key these hex digits stand for.
///
/// # Errors
/// When they are none.
pub fn secret(hex: &str) -> Result<Secret, UnusableSecret> {
    let key = hex::decode(hex).map_err(|_| UnusableSecret)?;
    Ok(Secret::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(key))))
}

/// A callback whose signature and time are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The message's id: a repeated delivery has the same.
    pub id: String,
    /// When it was sent, in seconds since the Unix epoch.
    pub timestamp: i64,
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
