//! The published vectors, every reason to refuse one, and what no change of a message may get past.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const NOW: i64 = 1_649_367_553;
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(*text)).collect()
}

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [(ID_HEADER, id), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn verify_signature(signature: &str) -> Result<Verified, InvalidSignature> {
    verify(&secrets(&[SECRET]), &headers(ID, &NOW.to_string(), signature), BODY, NOW)
}

#[test]
fn the_published_vectors_verify_and_are_what_we_sign() {
    let vectors: [(&str, &str, i64, &[u8], &str); 3] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (SECRET, ID, NOW, BODY, SIGNATURE),
        (
            SECRET,
            "msg_replicate_selftest_0001",
            1_735_689_600,
            br#"{"id":"ufawqhfynnddngldkgtslldrkq","status":"succeeded"}"#,
            "v1,I75nza8W6FOXddl/dO4iNeWxkZZ4mrKNi2wQwI7Wyy0=",
        ),
    ];
    for (secret, id, timestamp, body, signature) in vectors {
        let verified = verify(&secrets(&[secret]), &headers(id, &timestamp.to_string(), signature), body, timestamp);
        assert_eq!(verified, Ok(Verified { id: id.to_owned(), timestamp }));
        assert_eq!(sign(&Secret::new(secret), id, timestamp, body), Ok(signature.to_owned()));
    }
}

#[test]
fn wrong_signatures_do_not_match() {
    let wrong = [
        // Published as a signature that must fail.
        "v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU=",
        // Made with the secret's letters as the key instead of the bytes they stand for, as a published example does.
        "v1,h4qX9FKaAseJeepyR4bu2aQDOFPAVQpYe6yuWRsWhwE=",
        "",
        "v1",
        "v1,",
        "v1,=",
        // Cut short, by a byte and by half.
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kg==",
        "v1,tZ1I4/hDygAJgO5TYxiSdw==",
        // The right bytes under another version, or under none.
        "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        "v1a,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        // Two signatures with a comma in place of the space.
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=,v1,AAAA",
    ];
    for signature in wrong {
        assert_eq!(verify_signature(signature), Err(InvalidSignature::NoMatchingSignature), "{signature:?}");
    }
}

#[test]
fn one_right_signature_of_several_is_enough() {
    let list = format!("v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU= v2,AAAA {SIGNATURE}");
    assert!(verify_signature(&list).is_ok());
}

#[test]
fn any_of_our_secrets_may_have_signed() {
    let both = secrets(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SECRET]);
    assert!(verify(&both, &headers(ID, &NOW.to_string(), SIGNATURE), BODY, NOW).is_ok());
    let other = secrets(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
    let refused = verify(&other, &headers(ID, &NOW.to_string(), SIGNATURE), BODY, NOW);
    assert_eq!(refused, Err(InvalidSignature::NoMatchingSignature));
}

#[test]
fn a_body_that_is_not_text_is_verified_too() {
    let body = [0xff, 0x00, 0xfe];
    let signature = sign(&Secret::new(SECRET), ID, NOW, &body).unwrap();
    assert!(verify(&secrets(&[SECRET]), &headers(ID, &NOW.to_string(), &signature), &body, NOW).is_ok());
}

#[test]
fn the_time_may_differ_by_five_minutes_and_no_second_more() {
    let check = |now| verify(&secrets(&[SECRET]), &headers(ID, &NOW.to_string(), SIGNATURE), BODY, now);
    assert!(check(NOW + 300).is_ok());
    assert!(check(NOW - 300).is_ok());
    assert_eq!(check(NOW + 301), Err(InvalidSignature::TooOld));
    assert_eq!(check(NOW - 301), Err(InvalidSignature::TooNew));
    assert_eq!(check(i64::MAX), Err(InvalidSignature::TooOld));
    assert_eq!(check(i64::MIN), Err(InvalidSignature::TooNew));
}

#[test]
fn a_timestamp_that_is_no_number_is_refused() {
    for text in ["", "now", "1649367553.5", "1649367553 ", "99999999999999999999"] {
        let refused = verify(&secrets(&[SECRET]), &headers(ID, text, SIGNATURE), BODY, NOW);
        assert_eq!(refused, Err(InvalidSignature::UnreadableTimestamp), "{text:?}");
    }
}

#[test]
fn another_spelling_of_the_timestamp_is_another_message() {
    let spelled = headers(ID, &format!("0{NOW}"), SIGNATURE);
    assert_eq!(verify(&secrets(&[SECRET]), &spelled, BODY, NOW), Err(InvalidSignature::NoMatchingSignature));
}

#[test]
fn each_header_must_be_there_once_and_in_ascii() {
    for name in [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER] {
        let right = headers(ID, &NOW.to_string(), SIGNATURE);
        let check = |headers: &HeaderMap| verify(&secrets(&[SECRET]), headers, BODY, NOW);

        let mut missing = right.clone();
        missing.remove(name);
        assert_eq!(check(&missing), Err(InvalidSignature::MissingHeader(name)));

        let mut repeated = right.clone();
        repeated.append(name, right.get(name).unwrap().clone());
        assert_eq!(check(&repeated), Err(InvalidSignature::RepeatedHeader(name)));

        let mut foreign = right;
        foreign.insert(name, HeaderValue::from_bytes("m\u{e9}g".as_bytes()).unwrap());
        assert_eq!(check(&foreign), Err(InvalidSignature::NotAscii(name)));
    }
}

#[test]
fn a_secret_that_cannot_be_used_refuses_everything() {
    let headers = headers(ID, &NOW.to_string(), SIGNATURE);
    assert_eq!(verify(&[], &headers, BODY, NOW), Err(InvalidSignature::NoSecret));
    for secret in ["", "whsec_", "whsec_!", "whsec_AAA", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_ AAAA"] {
        let refused = verify(&secrets(&[secret]), &headers, BODY, NOW);
        assert_eq!(refused, Err(InvalidSignature::UnusableSecret(UnusableSecret)), "{secret:?}");
        assert_eq!(sign(&Secret::new(secret), ID, NOW, BODY), Err(UnusableSecret), "{secret:?}");
    }
}

#[test]
fn no_reason_to_refuse_one_shows_a_secret() {
    let refused = verify(&secrets(&["whsec_sesame"]), &headers(ID, "1", "v1,"), BODY, 1).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("sesame"));
}

proptest! {
    #[test]
    fn any_flipped_bit_of_a_message_is_refused(
        id in "[a-zA-Z0-9_]{1,40}",
        body in proptest::collection::vec(any::<u8>(), 1..200),
        place in any::<proptest::sample::Index>(),
        bit in 0_u32..8,
    ) {
        let signature = sign(&Secret::new(SECRET), &id, NOW, &body).unwrap();
        let check = |id: &str, body: &[u8]| {
            verify(&secrets(&[SECRET]), &headers(id, &NOW.to_string(), &signature), body, NOW)
        };
        prop_assert!(check(&id, &body).is_ok());

        let mut changed = body.clone();
        changed[place.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(check(&id, &changed), Err(InvalidSignature::NoMatchingSignature));
        prop_assert_eq!(check(&format!("{id}x"), &body), Err(InvalidSignature::NoMatchingSignature));
    }

    #[test]
    fn any_flipped_bit_of_a_signature_is_refused(place in 0_usize..32, bit in 0_u32..8) {
        let mut bytes = STANDARD.decode(SIGNATURE.strip_prefix(SIGNATURE_PREFIX).unwrap()).unwrap();
        bytes[place] ^= 1 << bit;
        let signature = format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(bytes));
        prop_assert_eq!(verify_signature(&signature), Err(InvalidSignature::NoMatchingSignature));
    }
}
