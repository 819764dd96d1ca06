//! What a callback says, and whether to believe it.

use http::HeaderMap;
use proptest::prelude::*;

use super::*;
use crate::{FailureKind, JobFailure, JobState, Output};

fn state(body: &Value) -> JobState {
    replicate().parse_callback(body.to_string().as_bytes()).unwrap().state
}

#[test]
fn the_documented_payload_is_read() {
    let body = br#"{"id":"ufawqhfynnddngldkgtslldrkq","version":"5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
        "created_at":"2022-04-26T22:13:06.224088Z","started_at":null,"completed_at":null,"status":"starting",
        "input":{"text":"Alice"},"output":null,"error":null,"logs":null,"metrics":{}}"#;
    let job = replicate().parse_callback(body).unwrap();
    assert_eq!(job.id, "ufawqhfynnddngldkgtslldrkq");
    assert_eq!((job.state, job.callback_url, job.progress_percent), (JobState::Queued, None, None));
}

#[test]
fn every_status_is_a_state_and_an_unknown_one_is_not_final() {
    let cases = [
        ("starting", JobState::Queued),
        ("processing", JobState::Running),
        ("succeeded", JobState::Succeeded(Output::Gone)),
        ("failed", JobState::Failed(JobFailure { kind: FailureKind::Other, message: String::new() })),
        ("canceled", JobState::Canceled),
        ("aborted", JobState::Canceled),
        ("paused", JobState::Running),
        ("", JobState::Running),
    ];
    for (status, expected) in cases {
        assert_eq!(state(&job_object(status, &Value::Null)), expected, "{status:?}");
    }
    assert!(!state(&job_object("Succeeded", &Value::Null)).is_final());
}

#[test]
fn a_trained_model_is_named_by_its_version() {
    for version in [format!("acme/likeness-characters:{VERSION}"), VERSION.to_owned()] {
        let tar = "https://replicate.delivery/xezq/trained_model.tar";
        let output = json!({"version": version, "weights": tar});
        let model = Output::Model { name: version, weights: Some(tar.to_owned()) };
        assert_eq!(state(&job_object("succeeded", &output)), JobState::Succeeded(model));
    }
    let upper = VERSION.to_uppercase();
    for version in ["", "acme/likeness-characters", "latest", "a/b/c:1", &format!("acme:{upper}"), &VERSION[1..]] {
        let output = json!({"version": version});
        let object = output.as_object().cloned().unwrap();
        assert_eq!(
            state(&job_object("succeeded", &output)),
            JobState::Succeeded(Output::Object(object)),
            "{version:?}"
        );
    }
}

#[test]
fn pictures_may_be_many_one_or_fewer_than_asked() {
    let (a, b) = ("https://replicate.delivery/a.png", "https://replicate.delivery/b.png");
    let cases = [
        (json!([a, b]), vec![a, b]),
        (json!([a]), vec![a]),
        (json!(a), vec![a]),
        (json!([]), vec![]),
        (json!([a, null, {"nsfw": true}, b]), vec![a, b]),
    ];
    for (output, images) in cases {
        let images = images.into_iter().map(str::to_owned).collect();
        assert_eq!(state(&job_object("succeeded", &output)), JobState::Succeeded(Output::Images(images)), "{output}");
    }
}

#[test]
fn an_output_that_is_gone_or_senseless_is_gone() {
    let large = json!({"text": "x".repeat(70_000)});
    for output in [json!(null), json!(7), json!({}), large, json!(true)] {
        assert_eq!(state(&job_object("succeeded", &output)), JobState::Succeeded(Output::Gone), "{output}");
    }
    let mut removed = job_object("succeeded", &Value::Null);
    removed["data_removed"] = json!(true);
    assert_eq!(state(&removed), JobState::Succeeded(Output::Gone));
}

#[test]
fn an_output_before_the_end_is_not_the_end() {
    let body = job_object("processing", &json!(["https://replicate.delivery/a.png"]));
    assert_eq!(state(&body), JobState::Running);
}

#[test]
fn failures_say_what_to_do() {
    let cases = [
        ("NSFW content detected. Try running it again, or try a different prompt.", FailureKind::Unsafe),
        (
            "All generated images contained NSFW content. Try running it again with a different prompt.",
            FailureKind::Unsafe,
        ),
        (
            "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
            FailureKind::Unsafe,
        ),
        ("E6716: timeout starting prediction", FailureKind::Retryable),
        ("Prediction interrupted; please retry (code: PA)", FailureKind::Retryable),
        ("E1001: out of memory", FailureKind::Other),
        ("input_images must be provided", FailureKind::Other),
    ];
    for (error, kind) in cases {
        let mut body = job_object("failed", &Value::Null);
        body["error"] = json!(error);
        assert_eq!(state(&body), JobState::Failed(JobFailure { kind, message: error.to_owned() }));
    }
}

#[test]
fn a_failures_words_are_short_and_without_addresses() {
    let mut body = job_object("failed", &Value::Null);
    body["error"] = json!(format!("HTTPError\n403 for https://us.example/datasets/1?mac=abcd {}", "x ".repeat(9000)));
    let JobState::Failed(failure) = state(&body) else { panic!("not failed") };
    assert!(failure.message.starts_with("HTTPError 403 for (url) x x"));
    assert_eq!(failure.message.chars().count(), 500);

    body["error"] = json!({"code": 1});
    assert_eq!(state(&body), JobState::Failed(JobFailure { kind: FailureKind::Other, message: String::new() }));
}

#[test]
fn progress_is_read_from_the_log_of_a_running_job_only() {
    let mut body = job_object("processing", &Value::Null);
    body["logs"] = json!("Loading\nflux_train_replicate:  42%|####2     | 420/1000 [01:00<01:23, lr: 4.0e-04]");
    let progress = |body: &Value| replicate().parse_callback(body.to_string().as_bytes()).unwrap().progress_percent;
    assert_eq!(progress(&body), Some(42));
    body["status"] = json!("failed");
    assert_eq!(progress(&body), None);
}

#[test]
fn noise_around_the_facts_changes_nothing() {
    let mut body = job_object("succeeded", &json!({"version": VERSION, "weights": null, "new": {"x": [1, 2]}}));
    body["logs"] = json!("\u{1f600} 99%| not a bar\n".repeat(400_000));
    body["metrics"] = json!({"predict_time": 1e300, "nested": [[[[[[]]]]]]});
    body["a_field_of_tomorrow"] = json!({"status": "failed"});
    body["webhook"] = json!(["not", "a", "url"]);
    body["created_at"] = json!(7);
    let model = Output::Model { name: VERSION.to_owned(), weights: None };
    assert_eq!(state(&body), JobState::Succeeded(model));

    // Numbers that fit no machine type, in a field that is not ours to read.
    let huge = br#"{"id":"abc","status":"canceled","input":{"seed":123456789012345678901234567890}}"#;
    assert_eq!(replicate().parse_callback(huge).unwrap().state, JobState::Canceled);
}

#[test]
fn a_callback_with_nothing_but_an_id_is_a_job_that_runs() {
    assert_eq!(state(&json!({"id": "abc"})), JobState::Running);
}

#[test]
fn what_tells_of_no_job_is_malformed() {
    let deep = format!(r#"{{"id":"abc","output":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        "",
        "{",
        "[]",
        "7",
        "{}",
        r#"{"id":null}"#,
        r#"{"id":""}"#,
        r#"{"id":"../x"}"#,
        r#"{"status":"failed"}"#,
        &deep,
    ];
    for body in bodies {
        assert!(matches!(replicate().parse_callback(body.as_bytes()), Err(Error::Malformed(_))), "{body:.40}");
    }
    assert!(matches!(replicate().parse_callback(b"{\"id\":\"\xff\"}"), Err(Error::Malformed(_))));
}

#[test]
fn a_callback_is_believed_when_it_was_signed_with_our_secret_lately() {
    let now = Timestamp::from_millis(1_735_689_600_999);
    let body = br#"{"id":"ufawqhfynnddngldkgtslldrkq","status":"succeeded"}"#;
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "msg_replicate_selftest_0001".parse().unwrap());
    headers.insert("webhook-timestamp", "1735689600".parse().unwrap());
    headers.insert("webhook-signature", "v1,I75nza8W6FOXddl/dO4iNeWxkZZ4mrKNi2wQwI7Wyy0=".parse().unwrap());
    assert_eq!(replicate().verify_callback(&headers, body, b"", now), Ok(()));

    let late = Timestamp::from_millis(1_735_689_600_000 + 301_000);
    assert_eq!(replicate().verify_callback(&headers, body, b"", late), Err(InvalidSignature::TooOld));
    assert_eq!(replicate().verify_callback(&headers, b"{}", b"", now), Err(InvalidSignature::NoMatchingSignature));
    let unconfigured = Replicate::new(Config { webhook_secrets: vec![], ..config() }).unwrap();
    assert_eq!(unconfigured.verify_callback(&headers, body, b"", now), Err(InvalidSignature::NoSecret));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_malformed(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(matches!(replicate().parse_callback(&body), Ok(_) | Err(Error::Malformed(_))));
    }
}
