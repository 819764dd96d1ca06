//! A lost submission looked for.

use super::*;
use crate::JobState;
use crate::replicate::find::PAGES_MAX;

const SUBMITTED_MS: i64 = 1_772_366_400_000; // 2026-03-01T12:00:00Z

fn find(answers: Vec<Answer>) -> (Vec<Request>, Result<Option<Job>, Error>) {
    play(replicate().find(Kind::Generation, CALLBACK, Timestamp::from_millis(SUBMITTED_MS)), answers)
}

fn other(created_at: &str) -> Value {
    json!({"id": "other", "status": "succeeded", "webhook": "https://us.example/other", "created_at": created_at})
}

fn page(results: &[Value], next: Option<&str>) -> Answer {
    answer(200, &json!({"previous": null, "next": next, "results": results}))
}

const LATER: &str = "2026-03-01T12:30:00.5Z";
const NEXT: &str = "https://api.replicate.com/v1/predictions?cursor=cD0yMDIy";

#[test]
fn a_job_is_found_by_its_callback_url_on_a_later_page() {
    let first = page(&[other(LATER), json!(null), json!({"webhook": 7})], Some(NEXT));
    let second = page(&[other(LATER), job_object("processing", &Value::Null)], None);
    let (requests, outcome) = find(vec![first, second]);
    assert_eq!(outcome, Ok(Some(job(JobState::Running))));
    assert_eq!(lines(&requests), ["GET https://api.replicate.com/v1/predictions", &format!("GET {NEXT}")]);
    assert_eq!(requests[1].headers()["authorization"], "Bearer r8_sesame");
}

#[test]
fn trainings_are_looked_for_among_trainings() {
    let exchange = replicate().find(Kind::Training, CALLBACK, Timestamp::from_millis(SUBMITTED_MS));
    let (requests, outcome) = play(exchange, vec![page(&[], None)]);
    assert_eq!(lines(&requests), ["GET https://api.replicate.com/v1/trainings"]);
    assert_eq!(outcome, Ok(None));
}

#[test]
fn a_list_that_ends_without_the_job_never_had_it() {
    assert_eq!(find(vec![page(&[other(LATER)], Some(NEXT)), page(&[other(LATER)], None)]).1, Ok(None));
    assert_eq!(find(vec![page(&[], None)]).1, Ok(None));
}

#[test]
fn jobs_older_than_the_submission_end_the_search() {
    let older = page(&[other("2026-03-01T11:49:59.999999Z"), job_object("processing", &Value::Null)], Some(NEXT));
    assert_eq!(find(vec![older]).1, Ok(None));
}

#[test]
fn a_job_within_the_clocks_difference_is_not_older() {
    for created_at in ["2026-03-01T11:50:00Z", "2026-02-01T00:00:00+14:00", "yesterday", ""] {
        let list = page(&[other(created_at), job_object("processing", &Value::Null)], Some(NEXT));
        assert_eq!(find(vec![list]).1, Ok(Some(job(JobState::Running))), "{created_at:?}");
    }
}

#[test]
fn a_search_without_end_is_given_up_undecided() {
    let (requests, outcome) = find((0..PAGES_MAX).map(|_| page(&[other(LATER)], Some(NEXT))).collect());
    assert_eq!(requests.len(), PAGES_MAX);
    assert_eq!(outcome, Err(Error::Unavailable));
}

#[test]
fn the_token_follows_a_next_page_to_no_other_origin() {
    for next in
        ["https://evil.example/v1/predictions", "http://api.replicate.com/v1/predictions", "/v1/predictions", ""]
    {
        let (requests, outcome) = find(vec![page(&[other(LATER)], Some(next))]);
        assert_eq!(requests.len(), 1, "{next:?}");
        assert!(matches!(outcome, Err(Error::Malformed(_))), "{next:?}");
    }
}

#[test]
fn a_list_that_cannot_be_had_decides_nothing() {
    assert_eq!(find(vec![Err(Transport::Lost)]).1, Err(Error::Unavailable));
    assert_eq!(find(vec![raw_answer(500, "")]).1, Err(Error::Unavailable));
    for unreadable in [raw_answer(200, "{}"), raw_answer(200, "<html>"), raw_answer(404, "")] {
        assert!(matches!(find(vec![unreadable]).1, Err(Error::Malformed(_))));
    }
}
