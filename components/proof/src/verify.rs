//! Verifying: whether a document is what somebody signed, and what it says.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::public_key::ALGORITHM;
use crate::{DOCUMENT_BYTES_MAX, KeySet, Kind, base64url};

/// A document that one of the given keys signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it is.
    pub kind: Kind,
    /// The name of the key that signed it.
    pub key_id: String,
    /// What it says: an object.
    pub payload: Value,
}

/// Why a document proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGenuine {
    /// It is longer than [`DOCUMENT_BYTES_MAX`]; it was not looked at.
    #[error("it is longer than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    /// It is no JWS in its compact form, or one with more in its header than is known here.
    #[error("it is no signed document: three parts of base64url with points between them")]
    Malformed,
    /// It names another algorithm than `EdDSA`.
    #[error("it names another algorithm than {ALGORITHM}")]
    Algorithm,
    /// It is of no kind that is known here.
    #[error("it is of no known kind")]
    UnknownKind,
    /// None of the given keys is called as the one that it names.
    #[error("it names a key that is none of those given")]
    UnknownKey,
    /// The key did not sign this.
    #[error("its signature is wrong: it was changed, or another key made it")]
    Signature,
}

/// What is signed beside the document. Anything else there could ask for rules that are not kept here (RFC 7515, 4.1.11), so it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Whether one of these keys signed this, and what it says. Nothing in the document decides which keys count.
///
/// # Errors
/// [`NotGenuine`].
pub fn verify(jws: &str, keys: &KeySet) -> Result<Verified, NotGenuine> {
    if jws.len() > DOCUMENT_BYTES_MAX {
        return Err(NotGenuine::TooLong);
    }
    let (signed, signature) = jws.rsplit_once('.').ok_or(NotGenuine::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(NotGenuine::Malformed)?;
    let header: Header = object(header)?;
    if header.alg != ALGORITHM {
        return Err(NotGenuine::Algorithm);
    }
    let kind = Kind::of_typ(&header.typ).ok_or(NotGenuine::UnknownKind)?;
    let key = keys.get(&header.kid).ok_or(NotGenuine::UnknownKey)?;
    let signature = base64url::decode(signature).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    let signature = signature.ok_or(NotGenuine::Malformed)?;
    if !key.has_signed(signed.as_bytes(), &signature) {
        return Err(NotGenuine::Signature);
    }
    let payload: Map<String, Value> = object(payload)?;
    Ok(Verified { kind, key_id: header.kid, payload: Value::Object(payload) })
}

/// Who a document says that it is of, `iss`, before anything of it is verified: where to look for keys, and nothing to believe.
///
/// # Errors
/// [`NotGenuine::TooLong`], [`NotGenuine::Malformed`], also where it names nobody.
pub fn claimed_issuer(jws: &str) -> Result<String, NotGenuine> {
    if jws.len() > DOCUMENT_BYTES_MAX {
        return Err(NotGenuine::TooLong);
    }
    let mut payload: Map<String, Value> = object(jws.split('.').nth(1).ok_or(NotGenuine::Malformed)?)?;
    match payload.remove("iss") {
        Some(Value::String(issuer)) => Ok(issuer),
        _ => Err(NotGenuine::Malformed),
    }
}

/// A part that is an object of JSON.
fn object<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, NotGenuine> {
    let bytes = base64url::decode(part).ok_or(NotGenuine::Malformed)?;
    // serde would take an array for an object, its elements for the fields in their order.
    if bytes.first() != Some(&b'{') {
        return Err(NotGenuine::Malformed);
    }
    serde_json::from_slice(&bytes).map_err(|_| NotGenuine::Malformed)
}

#[cfg(test)]
mod tests {
    use domain::Secret;
    use serde_json::json;

    use super::*;
    use crate::Signer;

    fn signer() -> Signer {
        Signer::new(&Secret::new("a secret of sixteen bytes or more")).unwrap()
    }

    fn keys() -> KeySet {
        KeySet::of([signer().public_key()])
    }

    /// A document with this header, signed or not by whoever holds the key of the header.
    fn with(header: &Value) -> Result<Verified, NotGenuine> {
        let jws = signer().sign(Kind::Recipe, &json!({})).unwrap();
        let rest = jws.split_once('.').unwrap().1;
        verify(&format!("{}.{rest}", base64url::encode(header.to_string())), &keys())
    }

    #[test]
    fn what_was_signed_is_told_with_its_kind() {
        for kind in Kind::ALL {
            let payload = json!({ "iss": "https://likeness.example", "seed": 4_294_967_295_u32 });
            let jws = signer().sign(kind, &payload).unwrap();
            let key_id = signer().public_key().id();
            assert_eq!(verify(&jws, &keys()), Ok(Verified { kind, key_id, payload }));
        }
    }

    #[test]
    fn whom_a_document_names_is_read_without_a_key() {
        let named = |payload: &Value| claimed_issuer(&signer().sign(Kind::Recipe, payload).unwrap());
        assert_eq!(named(&json!({ "iss": "https://likeness.example" })).as_deref(), Ok("https://likeness.example"));
        for nobody in [json!({}), json!({ "iss": 1 })] {
            assert_eq!(named(&nobody), Err(NotGenuine::Malformed), "{nobody}");
        }
        assert_eq!(claimed_issuer("a"), Err(NotGenuine::Malformed));
        assert_eq!(claimed_issuer(&"x".repeat(DOCUMENT_BYTES_MAX + 1)), Err(NotGenuine::TooLong));
    }

    #[test]
    fn another_header_is_refused_for_what_is_wrong_with_it() {
        let kid = signer().public_key().id();
        let typ = Kind::Recipe.typ();
        for (header, expected) in [
            (json!({ "alg": "none", "kid": kid, "typ": typ }), NotGenuine::Algorithm),
            (json!({ "alg": "HS256", "kid": kid, "typ": typ }), NotGenuine::Algorithm),
            (json!({ "alg": "Ed25519", "kid": kid, "typ": typ }), NotGenuine::Algorithm),
            (json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" }), NotGenuine::UnknownKind),
            (json!({ "alg": "EdDSA", "kid": "other", "typ": typ }), NotGenuine::UnknownKey),
            (json!({ "alg": "EdDSA", "kid": kid, "typ": Kind::Consent.typ() }), NotGenuine::Signature),
            (json!({ "alg": "EdDSA", "typ": typ }), NotGenuine::Malformed),
            (json!({ "alg": "EdDSA", "kid": kid, "typ": typ, "crit": [] }), NotGenuine::Malformed),
            (json!({ "alg": "EdDSA", "kid": kid, "typ": typ, "jwk": {} }), NotGenuine::Malformed),
            (json!(["EdDSA", kid, typ]), NotGenuine::Malformed),
        ] {
            assert_eq!(with(&header), Err(expected), "{header}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let jws = signer().sign(Kind::Recipe, &json!({})).unwrap();
        for bad in [
            "",
            ".",
            "..",
            "...",
            "a.b",
            &format!("{jws}."),
            &format!("{jws}="),
            &format!(".{jws}"),
            &format!("{jws}\n"),
        ] {
            assert_eq!(verify(bad, &keys()), Err(NotGenuine::Malformed), "{bad}");
        }
        assert_eq!(verify(&"x".repeat(DOCUMENT_BYTES_MAX + 1), &keys()), Err(NotGenuine::TooLong));
        assert_eq!(verify(&jws, &KeySet::default()), Err(NotGenuine::UnknownKey));
    }
}
