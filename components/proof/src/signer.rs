//! Signing: the key of a deployment, and the compact form of a JWS.

use std::fmt;

use domain::Secret;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::public_key::ALGORITHM;
use crate::{DOCUMENT_BYTES_MAX, Kind, PublicKey, base64url};

/// The fewest bytes that a secret may have which a key is made of: as many as links ask for.
pub const SECRET_BYTES_MIN: usize = 16;

/// What the seed of the key is the code of. Another text makes other keys, and what was signed before would be nobody's.
const LABEL: &[u8] = b"likeness proof ed25519 v1";

/// Signs documents, with a key that follows from a secret.
#[derive(Clone)]
pub struct Signer(SigningKey);

/// The secret has fewer than [`SECRET_BYTES_MIN`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is shorter than {SECRET_BYTES_MIN} bytes")]
pub struct SecretTooShort;

/// A document cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsignable {
    /// It is no JSON, or no object of it.
    #[error("the document is no object of JSON")]
    NoObject,
    /// It is longer than [`DOCUMENT_BYTES_MAX`].
    #[error("the document is longer than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
}

/// What is signed beside the document, in this order.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

impl Signer {
    /// The signer whose key follows from this secret.
    ///
    /// # Errors
    /// [`SecretTooShort`], also where none was configured.
    pub fn new(secret: &Secret) -> Result<Self, SecretTooShort> {
        let bytes = secret.expose().as_bytes();
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretTooShort);
        }
        // A MAC of its own: the codes of links are made of other texts, which begin with a length.
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(bytes).map_err(|_| SecretTooShort)?;
        mac.update(LABEL);
        Ok(Self(SigningKey::from_bytes(&mac.finalize().into_bytes().into())))
    }

    /// What its signatures are verified with.
    pub fn public_key(&self) -> PublicKey {
        self.0.verifying_key().into()
    }

    /// The document, signed, in the compact form: `header.payload.signature`. The same document makes the same text.
    ///
    /// # Errors
    /// [`Unsignable`].
    pub fn sign(&self, kind: Kind, payload: &impl Serialize) -> Result<String, Unsignable> {
        let payload = serde_json::to_vec(payload).map_err(|_| Unsignable::NoObject)?;
        if payload.first() != Some(&b'{') {
            return Err(Unsignable::NoObject);
        }
        let header = Header { alg: ALGORITHM, kid: &self.public_key().id(), typ: kind.typ() };
        let header = serde_json::to_vec(&header).map_err(|_| Unsignable::NoObject)?;
        let document = self.compact(&header, &payload);
        if document.len() > DOCUMENT_BYTES_MAX { Err(Unsignable::TooLong) } else { Ok(document) }
    }

    fn compact(&self, header: &[u8], payload: &[u8]) -> String {
        let signed = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", base64url::encode(signature.to_bytes()))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn signer() -> Signer {
        Signer::new(&Secret::new("a secret of sixteen bytes or more")).unwrap()
    }

    /// RFC 8037, A.1 and A.4.
    #[test]
    fn the_standards_example_comes_out_to_the_letter() {
        let seed = base64url::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let signer = Signer(SigningKey::from_bytes(&seed.try_into().unwrap()));
        assert_eq!(signer.public_key().x(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let expected = concat!(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        );
        assert_eq!(signer.compact(br#"{"alg":"EdDSA"}"#, b"Example of Ed25519 signing"), expected);
    }

    #[test]
    fn keys_that_were_published_stay_the_same() {
        // Computed once with another implementation of HMAC-SHA256 and Ed25519; a change would make every document that is out worthless.
        assert_eq!(signer().public_key().x(), "y0hlD8419bdwbL8ZaWfBAPD2xSd6WJI1yetos_tNEBM");
    }

    #[test]
    fn the_same_document_makes_the_same_text_and_a_secret_its_own_key() {
        let document = json!({ "iss": "https://likeness.example" });
        let sign = |signer: &Signer| signer.sign(Kind::Recipe, &document).unwrap();
        assert_eq!(sign(&signer()), sign(&signer()));
        let other = Signer::new(&Secret::new("another secret of many bytes")).unwrap();
        assert_ne!(other.public_key(), signer().public_key());
        assert_ne!(signer().sign(Kind::Consent, &document).unwrap(), sign(&signer()));
    }

    #[test]
    fn what_is_no_object_or_too_long_is_not_signed() {
        for no_object in [json!(null), json!([1]), json!("{}")] {
            assert!(matches!(signer().sign(Kind::Recipe, &no_object), Err(Unsignable::NoObject)), "{no_object}");
        }
        let long = json!({ "text": "x".repeat(DOCUMENT_BYTES_MAX / 4 * 3) });
        assert!(matches!(signer().sign(Kind::Recipe, &long), Err(Unsignable::TooLong)));
    }

    #[test]
    fn a_short_secret_is_refused_and_a_signer_shows_nothing() {
        for short in ["", "fifteen letters"] {
            assert_eq!(Signer::new(&Secret::new(short)).unwrap_err(), SecretTooShort);
        }
        assert_eq!(format!("{:?}", signer()), "Signer(..)");
    }
}
