//! Every status, for a question and for a submission.

use super::*;

fn ask(answer: Answer) -> Error {
    play(replicate().status(Kind::Generation, &known("zz4ibbon")), vec![answer]).1.unwrap_err()
}

fn submit(answer: Answer) -> Error {
    play(replicate().start_generation(&generation_job()), vec![answer]).1.unwrap_err()
}

#[test]
fn documented_refusals_are_told_apart() {
    let unauthenticated = json!({
        "title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401
    });
    let poor = json!({
        "title": "Insufficient credit", "detail": "You have insufficient credit to run this model.", "status": 402
    });
    let cases = [
        (401, unauthenticated, Error::Unauthorized),
        (402, poor, Error::OutOfCredit),
        (404, json!({"detail": "Not found."}), Error::NotFound),
    ];
    for (status, body, error) in cases {
        assert_eq!(ask(answer(status, &body)), error);
        assert_eq!(submit(answer(status, &body)), error);
    }
}

#[test]
fn a_version_that_is_not_there_is_told_apart_from_other_refusals() {
    let unknown = json!({
        "title": "Invalid version or not permitted",
        "detail": "The specified version does not exist (or perhaps you don't have permission to use it?)",
        "status": 422
    });
    assert_eq!(submit(answer(422, &unknown)), Error::UnknownVersion);
}

#[test]
fn a_refusal_for_good_keeps_what_was_said_in_one_short_line() {
    let echoing = json!({
        "title": "Input validation failed",
        "detail": "- input.input_images: cannot use\nhttps://us.example/datasets/1?mac=abcd",
        "invalid_fields": [{"field": "input"}]
    });
    let detail = "Input validation failed: - input.input_images: cannot use (url)";
    assert_eq!(submit(answer(422, &echoing)), Error::Refused { status: 422, detail: detail.to_owned() });

    let Error::Refused { detail, .. } = submit(raw_answer(413, vec![b'x'; 100_000])) else { panic!("not refused") };
    assert_eq!(detail.len(), 500);
}

#[test]
fn other_statuses_below_500_are_refusals() {
    for status in [301, 308, 400, 403, 405, 409, 413, 415, 422, 451] {
        assert!(matches!(submit(raw_answer(status, "")), Error::Refused { status: told, .. } if told == status));
        assert!(matches!(ask(raw_answer(status, "\u{0}\u{ff}")), Error::Refused { .. }));
    }
}

#[test]
fn a_lost_answer_or_a_server_error_is_ambiguous_for_a_submission_only() {
    for status in [500, 502, 503, 504, 520, 599] {
        assert_eq!(submit(raw_answer(status, "<html>")), Error::Ambiguous);
        assert_eq!(ask(raw_answer(status, "<html>")), Error::Unavailable);
    }
    assert_eq!(submit(Err(Transport::Lost)), Error::Ambiguous);
    assert_eq!(ask(Err(Transport::Lost)), Error::Unavailable);
}

#[test]
fn a_request_that_was_not_sent_or_not_read_changed_nothing() {
    assert_eq!(submit(Err(Transport::NotSent)), Error::Unavailable);
    assert_eq!(ask(Err(Transport::NotSent)), Error::Unavailable);
    assert_eq!(submit(raw_answer(408, "")), Error::Unavailable);
}

#[test]
fn an_unreadable_success_is_ambiguous_for_a_submission_only() {
    for body in ["", "[]", "{}", "null", "<html>", r#"{"id":7}"#, r#"{"id":"a/b"}"#] {
        assert_eq!(submit(raw_answer(201, body)), Error::Ambiguous, "{body:?}");
        assert!(matches!(ask(raw_answer(200, body)), Error::Malformed(_)), "{body:?}");
    }
}

#[test]
fn only_an_ambiguous_submission_may_have_been_accepted() {
    let certain = [
        Error::Refused { status: 422, detail: String::new() },
        Error::Throttled { retry_after_seconds: 1 },
        Error::OutOfCredit,
        Error::Unauthorized,
        Error::NotFound,
        Error::Unavailable,
        Error::Malformed("job"),
    ];
    assert!(Error::Ambiguous.may_have_been_accepted());
    assert!(!certain.iter().any(Error::may_have_been_accepted));
}

#[test]
fn the_longest_wait_that_is_named_counts_and_a_second_more() {
    let wait = |header: Option<&str>, body: &str| {
        let mut response = raw_answer(429, body).unwrap();
        if let Some(header) = header {
            response.headers_mut().insert("retry-after", header.parse().unwrap());
        }
        let Error::Throttled { retry_after_seconds } = submit(Ok(response)) else { panic!("not throttled") };
        retry_after_seconds
    };
    let low_credit = "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute \
                      with a burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~9s.";
    let low_credit = json!({"detail": low_credit, "status": 429, "retry_after": 9}).to_string();
    let cases = [
        (None, r#"{"detail":"Request was throttled. Your rate limit resets in ~30s."}"#, 31),
        (None, low_credit.as_str(), 10),
        (None, r#"{"detail":"Request was throttled. Expected available in 1 second."}"#, 2),
        (Some("12"), r#"{"detail":"resets in ~9s","retry_after":9}"#, 13),
        (Some("3"), r#"{"detail":"resets in ~9s","retry_after":20.2}"#, 22),
        (Some("3"), "Your rate limit resets in ~7s.", 8),
        (Some("Wed, 21 Oct 2026 07:28:00 GMT"), "", 11),
        (None, "<html>slow down</html>", 11),
        (None, r#"{"retry_after":-5}"#, 1),
        (None, r#"{"retry_after":"soon","detail":null}"#, 11),
        (Some("999999999"), "", 3601),
        (None, r#"{"retry_after":1e300}"#, 3601),
    ];
    for (header, body, seconds) in cases {
        assert_eq!(wait(header, body), seconds, "{header:?} {body:?}");
    }
}
