//! How fal.ai signs its callbacks: Ed25519, under keys that it publishes as a JWKS.
//!
//! Signed is `{request id}\n{user id}\n{timestamp}\n{SHA-256 of the raw body in hex}`. The keys are the same for all of fal's customers, so
//! a good signature says no more than that fal speaks: whom it speaks for is in the user id, which has to be our own.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{Signature, VerifyingKey};
use http::HeaderMap;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::invalid_signature::{InvalidSignature, current, single};

/// The header with the id of the request, which is the job's.
pub const REQUEST_ID_HEADER: &str = "x-fal-webhook-request-id";
/// The header with the account at fal that the job is of.
pub const USER_ID_HEADER: &str = "x-fal-webhook-user-id";
/// The header with the time of sending, in seconds since the Unix epoch.
pub const TIMESTAMP_HEADER: &str = "x-fal-webhook-timestamp";
/// The header with the signature, in hex.
pub const SIGNATURE_HEADER: &str = "x-fal-webhook-signature";

/// The most keys of a JWKS that are tried.
const KEYS_MAX: usize = 16;

/// With or without padding: fal publishes keys without, and some tools put it there.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys that fal signs with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<VerifyingKey>);

impl Keys {
    /// Reads a JWKS; keys of another kind, and those that are none, are passed over.
    pub fn parse(jwks: &[u8]) -> Self {
        let jwks: Value = serde_json::from_slice(jwks).unwrap_or_default();
        let keys = jwks.get("keys").and_then(Value::as_array).into_iter().flatten();
        Self(keys.filter_map(key).take(KEYS_MAX).collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn key(jwk: &Value) -> Option<VerifyingKey> {
    let text = |field: &str| jwk.get(field).and_then(Value::as_str);
    let ed25519 = text("kty") == Some("OKP") && text("crv") == Some("Ed25519");
    let bytes = BASE64URL.decode(text("x").filter(|_| ed25519)?).ok()?;
    VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()
}

/// A callback whose account, signature and time are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The id of the request; the body has to name the same.
    pub request_id: String,
    /// When it was sent, in seconds since the Unix epoch.
    pub timestamp: i64,
}

/// Checks that fal signed a callback for the account `user_id`, at about `now_seconds` (since the Unix epoch).
///
/// # Errors
/// The first reason to refuse it; [`InvalidSignature::NoMatchingSignature`] is also what a new key of fal's looks like.
pub fn verify(
    keys: &Keys,
    user_id: &str,
    headers: &HeaderMap,
    body: &[u8],
    now_seconds: i64,
) -> Result<Verified, InvalidSignature> {
    let request_id = single(headers, REQUEST_ID_HEADER)?;
    let user = single(headers, USER_ID_HEADER)?;
    let timestamp_text = single(headers, TIMESTAMP_HEADER)?;
    let signature = single(headers, SIGNATURE_HEADER)?;
    let timestamp = current(timestamp_text, now_seconds)?;
    if user_id.is_empty() || keys.is_empty() {
        return Err(InvalidSignature::NoSecret);
    }
    if user != user_id {
        return Err(InvalidSignature::OtherAccount);
    }
    let signature = hex::decode(signature).map_err(|_| InvalidSignature::NoMatchingSignature)?;
    let signature = Signature::from_slice(&signature).map_err(|_| InvalidSignature::NoMatchingSignature)?;
    let message = format!("{request_id}\n{user}\n{timestamp_text}\n{}", hex::encode(Sha256::digest(body)));
    // Strictly: no weak key, and one signature for each message only.
    if keys.0.iter().any(|key| key.verify_strict(message.as_bytes(), &signature).is_ok()) {
        return Ok(Verified { request_id: request_id.to_owned(), timestamp });
    }
    Err(InvalidSignature::NoMatchingSignature)
}

#[cfg(test)]
mod tests;
