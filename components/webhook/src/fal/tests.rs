//! A vector, every reason to refuse one, and what no change of a message may get past.

use ed25519_dalek::{Signer, SigningKey};
use http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// The key of RFC 8032's first test, and a message signed with it.
const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const REQUEST: &str = "123e4567-e89b-12d3-a456-426614174000";
const USER: &str = "user-selftest";
const NOW: i64 = 1_735_689_600;
const BODY: &[u8] = br#"{"request_id":"123e4567-e89b-12d3-a456-426614174000","gateway_request_id":"123e4567-e89b-12d3-a456-426614174000","status":"OK","payload":{"images":[{"url":"https://v3.fal.media/files/a/b.jpeg"}],"seed":1}}"#;
const SIGNATURE: &str = "2b5ce67710953c44bb85abffffb221b7e139e0ab1d0444bfa5a049cc6909bf58b0d38c1d01529a3f9ab05b4459b33292be6f42e297b50c39c3eb847d068b3609";

fn headers(request: &str, user: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let named = [
        (REQUEST_ID_HEADER, request),
        (USER_ID_HEADER, user),
        (TIMESTAMP_HEADER, timestamp),
        (SIGNATURE_HEADER, signature),
    ];
    named.into_iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
}

fn good() -> HeaderMap {
    headers(REQUEST, USER, &NOW.to_string(), SIGNATURE)
}

fn keys() -> Keys {
    Keys::parse(JWKS.as_bytes())
}

#[test]
fn the_vector_verifies_within_five_minutes() {
    let verified = Verified { request_id: REQUEST.to_owned(), timestamp: NOW };
    for now in [NOW, NOW - 300, NOW + 300] {
        assert_eq!(verify(&keys(), USER, &good(), BODY, now), Ok(verified.clone()));
    }
    assert_eq!(verify(&keys(), USER, &good(), BODY, NOW + 301), Err(InvalidSignature::TooOld));
    assert_eq!(verify(&keys(), USER, &good(), BODY, NOW - 301), Err(InvalidSignature::TooNew));
}

#[test]
fn every_header_has_to_be_there_once_and_readable() {
    for name in [REQUEST_ID_HEADER, USER_ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER] {
        let mut without = good();
        without.remove(name);
        assert_eq!(verify(&keys(), USER, &without, BODY, NOW), Err(InvalidSignature::MissingHeader(name)));
        let mut twice = good();
        twice.append(name, HeaderValue::from_static("1"));
        assert_eq!(verify(&keys(), USER, &twice, BODY, NOW), Err(InvalidSignature::RepeatedHeader(name)));
        let mut binary = good();
        binary.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(verify(&keys(), USER, &binary, BODY, NOW), Err(InvalidSignature::NotAscii(name)));
    }
    let unreadable = headers(REQUEST, USER, "soon", SIGNATURE);
    assert_eq!(verify(&keys(), USER, &unreadable, BODY, NOW), Err(InvalidSignature::UnreadableTimestamp));
}

#[test]
fn a_good_signature_for_somebody_else_is_not_for_us() {
    assert_eq!(verify(&keys(), "user-other", &good(), BODY, NOW), Err(InvalidSignature::OtherAccount));
    assert_eq!(verify(&keys(), "", &good(), BODY, NOW), Err(InvalidSignature::NoSecret));
    assert_eq!(verify(&Keys::default(), USER, &good(), BODY, NOW), Err(InvalidSignature::NoSecret));
}

#[test]
fn wrong_signatures_do_not_match() {
    let zeroes = "0".repeat(128);
    for signature in ["", "x", "2b5c", &SIGNATURE[2..], &format!("{SIGNATURE}00"), &zeroes] {
        let headers = headers(REQUEST, USER, &NOW.to_string(), signature);
        assert_eq!(
            verify(&keys(), USER, &headers, BODY, NOW),
            Err(InvalidSignature::NoMatchingSignature),
            "{signature:?}"
        );
    }
    // The same number, written otherwise, is another message.
    let other = headers(REQUEST, USER, "01735689600", SIGNATURE);
    assert_eq!(verify(&keys(), USER, &other, BODY, NOW), Err(InvalidSignature::NoMatchingSignature));
}

#[test]
fn keys_are_read_with_and_without_padding_and_others_passed_over() {
    let padded = JWKS.replace("HURo\"", "HURo=\"");
    assert_eq!(Keys::parse(padded.as_bytes()), keys());
    let among_others = JWKS.replace("\"keys\":[", r#""keys":[{"kty":"RSA","n":"x"},{"kty":"OKP","crv":"X25519","x":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"AAAA"},1,"#);
    assert_eq!(Keys::parse(among_others.as_bytes()), keys());
    for none in ["", "[]", "{}", r#"{"keys":1}"#, r#"{"keys":[]}"#, "\u{0}"] {
        assert!(Keys::parse(none.as_bytes()).is_empty(), "{none:?}");
    }
}

#[test]
fn one_key_of_several_is_enough() {
    let other = SigningKey::from_bytes(&[7; 32]);
    let keys = Keys([vec![other.verifying_key()], keys().0].concat());
    assert!(verify(&keys, USER, &good(), BODY, NOW).is_ok());
    let message = format!("{REQUEST}\n{USER}\n{NOW}\n{}", hex::encode(Sha256::digest(BODY)));
    let signature = hex::encode(other.sign(message.as_bytes()).to_bytes());
    let headers = headers(REQUEST, USER, &NOW.to_string(), &signature);
    assert!(verify(&keys, USER, &headers, BODY, NOW).is_ok());
}

proptest! {
    #[test]
    fn no_changed_byte_gets_past(at in 0..BODY.len(), change in 1..=255_u8, digit in 0..128_usize) {
        let mut body = BODY.to_vec();
        body[at] ^= change;
        prop_assert_eq!(verify(&keys(), USER, &good(), &body, NOW), Err(InvalidSignature::NoMatchingSignature));
        let mut signature = SIGNATURE.as_bytes().to_vec();
        signature[digit] = if signature[digit] == b'0' { b'1' } else { b'0' };
        let headers = headers(REQUEST, USER, &NOW.to_string(), std::str::from_utf8(&signature).unwrap());
        prop_assert_eq!(verify(&keys(), USER, &headers, BODY, NOW), Err(InvalidSignature::NoMatchingSignature));
    }
}
