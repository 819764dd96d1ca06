//! Whatever is done to a document, it proves nothing any more, and nothing falls over.

use domain::Secret;
use proof::{KeySet, Kind, Signer, claimed_issuer, verify};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

#[expect(clippy::unwrap_used, reason = "a test without a document has nothing to test")]
fn document(text: &str) -> (String, KeySet) {
    let signer = Signer::new(&Secret::new("a secret of sixteen bytes or more")).unwrap();
    let jws = signer.sign(Kind::Recipe, &json!({ "iss": "https://likeness.example", "text": text })).unwrap();
    (jws, KeySet::of([signer.public_key()]))
}

/// Every place and every bit of it once.
#[test]
fn no_bit_can_be_turned() {
    let (jws, keys) = document("a");
    assert!(verify(&jws, &keys).is_ok());
    for place in 0..jws.len() {
        for bit in 0..8 {
            let mut bytes = jws.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(verify(&changed, &keys).is_err(), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn no_beginning_and_no_end_is_a_document() {
    let (jws, keys) = document("a");
    for place in 0..jws.len() {
        assert!(verify(&jws[..place], &keys).is_err(), "up to {place}");
        assert!(place == 0 || verify(&jws[place..], &keys).is_err(), "from {place}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_signed_is_verified(text in any::<String>()) {
        let (jws, keys) = document(&text);
        prop_assert_eq!(&verify(&jws, &keys).unwrap().payload["text"], &json!(text));
    }

    #[test]
    fn anything_put_in_its_place_is_refused(text in "[ -~]{0,40}", at in any::<Index>(), until in any::<Index>(), put in "[A-Za-z0-9_.=-]{0,5}") {
        let (jws, keys) = document(&text);
        let (at, until) = (at.index(jws.len() + 1), until.index(jws.len() + 1));
        let mut changed = jws.clone();
        changed.replace_range(at.min(until)..at.max(until), &put);
        prop_assert_eq!(verify(&changed, &keys).is_ok(), changed == jws);
    }

    #[test]
    fn bytes_of_anybody_never_panic(bytes in vec(any::<u8>(), 0..300), keys in vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        let set: KeySet = serde_json::from_slice(&keys).unwrap_or_default();
        prop_assert!(verify(&text, &set).is_err());
        prop_assert!(claimed_issuer(&text).is_err());
    }

    #[test]
    fn two_documents_make_no_third(one in "[a-z]{1,9}", two in "[a-z]{1,9}") {
        let ((first, keys), (second, _)) = (document(&one), document(&two));
        let (signed, _) = first.rsplit_once('.').unwrap();
        let (_, signature) = second.rsplit_once('.').unwrap();
        prop_assert_eq!(verify(&format!("{signed}.{signature}"), &keys).is_ok(), one == two);
    }
}
