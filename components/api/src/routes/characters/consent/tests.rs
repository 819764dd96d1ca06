use domain::{Subject, Timestamp};
use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-03-01T12:00:00Z";

fn check(given: Value) -> Result<Said, Error> {
    let given: Given = serde_json::from_value(given).unwrap();
    given.check(ConsentPolicy::Attested, NOW.parse().unwrap())
}

fn with(field: &str, value: Value) -> Value {
    let mut given = json!({ "subject": "other", "how": "On paper", "agreed_at": "2026-02-01T12:00:00Z" });
    given[field] = value;
    given
}

#[test]
fn what_was_said_is_taken_as_it_was_meant() {
    let mut given = with("agreed_at", json!("2026-03-01T13:04:59+01:00"));
    given["statement_hash"] = json!("AB".repeat(32));
    let said = check(given).ok().unwrap();
    let later = Timestamp::from_millis(1_772_366_400_000 + 299_000);
    assert_eq!((said.subject, said.agreed_at), (Subject::Other, Some(later)));
    assert_eq!(said.statement_hash.unwrap().as_str(), "ab".repeat(32));
    let said = check(json!({ "subject": "synthetic" })).ok().unwrap();
    assert_eq!((said.subject, said.how, said.agreed_at), (Subject::Synthetic, None, None));
}

#[test]
fn what_is_wrong_or_missing_is_named_with_what_it_has_to_be() {
    let bad = [
        ("subject", json!("me"), "has to be `self`, `other` or `synthetic`"),
        ("subject", Value::Null, "has to be `self`, `other` or `synthetic`"),
        ("how", Value::Null, "say how"),
        ("how", json!("  "), "1 to 500 printable characters"),
        ("how", json!("x".repeat(501)), "1 to 500 printable characters"),
        ("how", json!("a\nb"), "1 to 500 printable characters"),
        ("agreed_at", Value::Null, "say when"),
        ("agreed_at", json!("yesterday"), "RFC 3339"),
        ("agreed_at", json!("1969-12-31T23:59:59Z"), "in 1970 or later"),
        ("agreed_at", json!("2026-03-01T12:05:01Z"), "in the past"),
        ("statement_hash", json!("ab"), "64 hexadecimal digits"),
        ("statement_hash", json!("x".repeat(64)), "64 hexadecimal digits"),
    ];
    for (field, value, says) in bad {
        let Err(error) = check(with(field, value.clone())) else { panic!("{field} {value} was taken") };
        assert_eq!(error.code, Code::InvalidRequest);
        assert!(
            error.message.contains(&format!("consent.{field}")) && error.message.contains(says),
            "{}",
            error.message
        );
    }
    // Of nobody, too, what is said has to make sense.
    assert!(check(json!({ "subject": "synthetic", "how": "" })).is_err());
}

#[test]
fn only_a_policy_that_asks_refuses_silence() {
    let said = check(with("how", json!("On paper"))).ok();
    assert!(is_enough(ConsentPolicy::Off, None).is_ok() && is_enough(ConsentPolicy::Attested, said.as_ref()).is_ok());
    let refused = is_enough(ConsentPolicy::Attested, None).unwrap_err();
    assert_eq!(refused.code, Code::ConsentRequired);
    assert!(refused.message.contains("`consent`") && refused.message.contains("agreed_at"), "{}", refused.message);
}
