//! What a callback says, and whether to believe it.

use ed25519_dalek::{Signer, SigningKey};
use http::HeaderValue;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use webhook::fal::{REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, USER_ID_HEADER};

use super::*;

/// The key of RFC 8032's first test.
const JWKS: &[u8] = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const SENT: i64 = 1_735_689_600;

fn signed(request_id: &str, user: &str, body: &[u8]) -> HeaderMap {
    let key = SigningKey::from_bytes(&hex::decode(SEED).unwrap().try_into().unwrap());
    let message = format!("{request_id}\n{user}\n{SENT}\n{}", hex::encode(Sha256::digest(body)));
    let signature = hex::encode(key.sign(message.as_bytes()).to_bytes());
    let time = SENT.to_string();
    let named = [
        (REQUEST_ID_HEADER, request_id),
        (USER_ID_HEADER, user),
        (TIMESTAMP_HEADER, &time),
        (SIGNATURE_HEADER, &signature),
    ];
    named.into_iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
}

fn state(body: &Value) -> JobState {
    fal().parse_callback(body.to_string().as_bytes()).unwrap().state
}

#[test]
fn a_callback_is_fals_ours_and_about_the_request_it_says() {
    let now = Timestamp::from_millis(SENT * 1000);
    let body = json!({"request_id": REQUEST_ID, "status": "OK"}).to_string();
    let verify = |headers: &HeaderMap, body: &str, keys| fal().verify_callback(headers, body.as_bytes(), keys, now);
    assert_eq!(verify(&signed(REQUEST_ID, "user-selftest", body.as_bytes()), &body, JWKS), Ok(()));
    let another = signed(REQUEST_ID, "user-other", body.as_bytes());
    assert_eq!(verify(&another, &body, JWKS), Err(InvalidSignature::OtherAccount));
    let headers = signed("another", "user-selftest", body.as_bytes());
    assert_eq!(verify(&headers, &body, JWKS), Err(InvalidSignature::OtherRequest));
    let headers = signed(REQUEST_ID, "user-selftest", b"other body");
    assert_eq!(verify(&headers, &body, JWKS), Err(InvalidSignature::NoMatchingSignature));
    assert_eq!(verify(&headers, &body, b"{}"), Err(InvalidSignature::NoSecret));
}

#[test]
fn the_keys_are_asked_for_without_our_own() {
    let request = fal().callback_keys().unwrap();
    assert_eq!(lines(std::slice::from_ref(&request)), ["GET https://rest.fal.ai/.well-known/jwks.json"]);
    assert!(!request.headers().contains_key("authorization"));
}

#[test]
fn an_answer_without_keys_is_known_as_such() {
    assert!(fal().has_callback_keys(JWKS));
    for none in ["", "<html>Bad gateway</html>", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"RSA","n":"x"}]}"#] {
        assert!(!fal().has_callback_keys(none.as_bytes()), "{none}");
    }
}

#[test]
fn pictures_that_were_blackened_are_left_out() {
    let images = json!([{"url": "https://v3.fal.media/a.png"}, {"url": "https://v3.fal.media/b.png"}, {"no": "url"}]);
    let cases = [
        (json!([false, false]), vec!["https://v3.fal.media/a.png", "https://v3.fal.media/b.png"]),
        (json!([true, false]), vec!["https://v3.fal.media/b.png"]),
        (json!([true, true, true]), vec![]),
        (Value::Null, vec!["https://v3.fal.media/a.png", "https://v3.fal.media/b.png"]),
    ];
    for (flags, left) in cases {
        let payload = json!({"images": images, "seed": 196_619_188_014_358_660_u64, "has_nsfw_concepts": flags});
        let body = json!({"request_id": REQUEST_ID, "status": "OK", "payload": payload, "error": null});
        let left = left.into_iter().map(str::to_owned).collect();
        assert_eq!(state(&body), JobState::Succeeded(Output::Images(left)), "{flags}");
    }
}

#[test]
fn a_trained_model_is_the_url_of_its_weights() {
    let done = |file: Value| {
        state(&json!({"request_id": REQUEST_ID, "status": "OK", "payload": {"diffusers_lora_file": file}}))
    };
    let model = Output::Model { name: LORA.to_owned(), weights: Some(LORA.to_owned()) };
    assert_eq!(done(json!({"url": LORA, "file_size": 89_745_224, "content_type": "x"})), JobState::Succeeded(model));
    for unusable in [json!({"url": "file:///etc/passwd"}), json!({"url": 7}), json!({}), Value::Null] {
        let object = json!({"diffusers_lora_file": unusable});
        let object = object.as_object().cloned().unwrap();
        assert_eq!(done(unusable.clone()), JobState::Succeeded(Output::Object(object)), "{unusable}");
    }
}

#[test]
fn success_without_a_result_is_asked_for_and_never_a_failure() {
    for body in [
        json!({"request_id": REQUEST_ID, "status": "OK", "payload": null, "payload_error": "too large"}),
        json!({"request_id": REQUEST_ID, "status": "OK"}),
    ] {
        assert_eq!(state(&body), JobState::Finished);
    }
    assert_eq!(state(&json!({"request_id": REQUEST_ID, "status": "SOON"})), JobState::Running);
    assert_eq!(state(&json!({"request_id": REQUEST_ID})), JobState::Running);
}

#[test]
fn a_failure_says_of_what_kind_it_is() {
    let failed = |payload: Value, error: &str| {
        let body = json!({"request_id": REQUEST_ID, "status": "ERROR", "payload": payload, "error": error});
        match state(&body) {
            JobState::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    };
    let detail = json!({"detail": [{"loc": ["body"], "msg": "unsafe", "type": "content_policy_violation"}]});
    assert_eq!(failed(detail, "Invalid status code: 422").kind, FailureKind::Unsafe);
    let words = failed(Value::Null, "Invalid status code: 500 at https://us.example/d?mac=1");
    assert_eq!(words, JobFailure { kind: FailureKind::Other, message: "Invalid status code: 500 at (url)".to_owned() });
}

#[test]
fn what_names_no_job_is_refused() {
    for body in ["", "null", "[]", "{}", r#"{"request_id":7}"#, r#"{"request_id":"../x"}"#] {
        assert!(matches!(fal().parse_callback(body.as_bytes()), Err(Error::Malformed(_))), "{body}");
    }
}

#[test]
fn a_body_of_ten_megabytes_is_read() {
    let noise = "\u{1f4a5} 99%|not a bar\r".repeat(500_000);
    let payload = json!({"images": [], "logs": noise});
    let body = json!({"request_id": REQUEST_ID, "status": "OK", "payload": payload});
    assert!(body.to_string().len() > 10_000_000);
    assert_eq!(state(&body), JobState::Succeeded(Output::Images(vec![])));
}

proptest! {
    #[test]
    fn no_body_is_a_panic(body in any::<Vec<u8>>(), status in "OK|ERROR|x", payload in "\\PC{0,40}") {
        drop(fal().parse_callback(&body));
        let text = json!({"request_id": REQUEST_ID, "status": status, "payload": payload}).to_string();
        prop_assert!(fal().parse_callback(text.as_bytes()).is_ok());
    }
}
