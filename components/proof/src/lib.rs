//! Signed documents that anybody can verify, as the standards have them: a JWS in its compact form (RFC 7515) with Ed25519 (RFC 8037), and
//! the public keys as a JWKS (RFC 7517), each called by its thumbprint (RFC 7638).
//!
//! Pure: secrets and keys are arguments, and there is no time in it. The same key and the same document make the same text.

mod base64url;
mod key_set;
mod kind;
mod public_key;
mod signer;
mod verify;

pub use key_set::{KEYS_MAX, KeySet};
pub use kind::Kind;
pub use public_key::{NotAKey, PublicKey};
pub use signer::{SECRET_BYTES_MIN, SecretTooShort, Signer, Unsignable};
pub use verify::{NotGenuine, Verified, claimed_issuer, verify};

/// Where a deployment publishes its keys, below its public URL.
pub const KEYS_PATH: &str = "/.well-known/likeness-keys.json";

/// Longest document, in bytes of its compact form.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
