//! Public keys, as a JWK has them.

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base64url;

/// The algorithm, as a JWS and a JWK name it.
pub(crate) const ALGORITHM: &str = "EdDSA";

/// A key that signatures are verified with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// The text is no public key of Ed25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no public key of Ed25519: 32 bytes as base64url without padding, the `x` of a JWK")]
pub struct NotAKey;

/// A JWK. What else is in it counts for nothing here (RFC 7517, 4).
#[derive(Serialize, Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
}

impl PublicKey {
    /// Reads the `x` of a JWK.
    ///
    /// # Errors
    /// [`NotAKey`], also for the few points that verify signatures of anybody, and for a second way to write a point.
    pub fn parse(x: &str) -> Result<Self, NotAKey> {
        let bytes = base64url::decode(x).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(NotAKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NotAKey)?;
        let is_written_so = key.to_edwards().compress().to_bytes() == bytes;
        if is_written_so && !key.is_weak() { Ok(Self(key)) } else { Err(NotAKey) }
    }

    /// The key itself as a JWK has it: `x`.
    pub fn x(&self) -> String {
        base64url::encode(self.0.as_bytes())
    }

    /// What it is called: the thumbprint of its JWK (RFC 7638), `kid`.
    pub fn id(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        base64url::encode(Sha256::digest(members))
    }

    /// Whether this is a signature of these bytes, by the strict rules: one for each document.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(bytes, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl From<&PublicKey> for Jwk {
    fn from(key: &PublicKey) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            kty: "OKP".to_owned(),
            crv: text("Ed25519"),
            x: Some(key.x()),
            kid: Some(key.id()),
            usage: text("sig"),
            alg: text(ALGORITHM),
        }
    }
}

impl Jwk {
    /// The key in it; nothing where it is for something else, or is called by another name than its own.
    pub(crate) fn key(&self) -> Option<PublicKey> {
        let is = |value: &Option<String>, expected| value.as_deref().is_none_or(|value| value == expected);
        let is_ours = self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519");
        let signs = is(&self.usage, "sig") && is(&self.alg, ALGORITHM);
        let key = PublicKey::parse(self.x.as_deref().filter(|_| is_ours && signs)?).ok()?;
        is(&self.kid, &key.id()).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, A.2 and A.3.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn a_key_is_called_by_its_thumbprint() {
        let key = PublicKey::parse(X).unwrap();
        assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key.x(), X);
    }

    #[test]
    fn what_is_no_key_is_none() {
        let of = |bytes: [u8; 32]| base64url::encode(bytes);
        // The neutral point: with it, a signature of nobody verifies.
        let weak = of(std::array::from_fn(|n| u8::from(n == 0)));
        for bad in ["", &X[1..], &format!("{X}="), &format!("{X}AA"), &of([0xff; 32]), &weak] {
            assert_eq!(PublicKey::parse(bad), Err(NotAKey), "{bad}");
        }
    }

    #[test]
    fn a_jwk_of_something_else_has_no_key_of_ours() {
        let read = |text: String| serde_json::from_str::<Jwk>(&text).unwrap().key();
        let with = |more: &str| read(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"{more}}}"#));
        assert_eq!(with(""), PublicKey::parse(X).ok());
        assert_eq!(with(r#","use":"sig","alg":"EdDSA","x5c":["a"]"#), PublicKey::parse(X).ok());
        for more in [r#","use":"enc""#, r#","alg":"ES256""#, r#","kid":"mine""#] {
            assert_eq!(with(more), None, "{more}");
        }
        assert_eq!(read(format!(r#"{{"kty":"OKP","crv":"X25519","x":"{X}"}}"#)), None);
        assert_eq!(read(r#"{"kty":"RSA","n":"AA","e":"AQAB"}"#.to_owned()), None);
    }
}
