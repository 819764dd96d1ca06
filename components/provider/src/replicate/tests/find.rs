//! A lost submission looked for.

use super::*;
use crate::replicate::find::PAGES_MAX;
use crate::{JobState, Mark, Proof, Sought};

const SUBMITTED_MS: i64 = 1_772_366_400_000; // 2026-03-01T12:00:00Z
const SEED: u32 = 20_260_301;

fn sought(mark: Mark, proof: Proof) -> Sought {
    Sought { mark, proof, since: Timestamp::from_millis(SUBMITTED_MS) }
}

fn pictures(proof: Proof) -> Sought {
    sought(Mark::Generation { prompt: "in a modern office".to_owned(), seed: SEED }, proof)
}

fn find(answers: Vec<Answer>) -> (Vec<Request>, Result<Option<Job>, Error>) {
    find_as(Proof::Unique, answers)
}

fn find_as(proof: Proof, answers: Vec<Answer>) -> (Vec<Request>, Result<Option<Job>, Error>) {
    play(replicate().find(&pictures(proof)), answers)
}

/// A job as a list shows it: without where it reports to.
fn listed(id: &str, created_at: &str, input: &Value) -> Value {
    let mut listed = job_object("processing", &Value::Null);
    let fields = listed.as_object_mut().unwrap();
    fields.remove("webhook");
    fields.remove("webhook_events_filter");
    fields.extend([("id", json!(id)), ("created_at", json!(created_at)), ("input", input.clone())].map(named));
    listed
}

fn named((name, value): (&str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}

fn input() -> Value {
    json!({"prompt": "CHAR1N2K3M4, in a modern office", "seed": SEED, "num_outputs": 2})
}

fn the_job() -> Value {
    listed("sought", LATER, &input())
}

fn other(created_at: &str) -> Value {
    listed("other", created_at, &json!({"prompt": "CHAR1N2K3M4, in a modern office", "seed": 7}))
}

fn removed() -> Value {
    let mut removed = listed("removed", LATER, &json!({}));
    removed["data_removed"] = json!(true);
    removed
}

fn running(id: &str) -> Job {
    Job { id: id.to_owned(), callback_url: None, ..job(JobState::Running) }
}

fn page(results: &[Value], next: Option<&str>) -> Answer {
    answer(200, &json!({"previous": null, "next": next, "results": results}))
}

const LATER: &str = "2026-03-01T12:30:00.5Z";
const NEXT: &str = "https://api.replicate.com/v1/predictions?cursor=cD0yMDIy";

#[test]
fn a_job_is_found_by_its_prompt_and_its_seed_on_a_later_page() {
    let (requests, outcome) = find(vec![page(&[other(LATER)], Some(NEXT)), page(&[other(LATER), the_job()], None)]);
    assert_eq!(outcome, Ok(Some(running("sought"))));
    assert_eq!(lines(&requests), ["GET https://api.replicate.com/v1/predictions", &format!("GET {NEXT}")]);
    assert_eq!(requests[1].headers()["authorization"], "Bearer r8_sesame");
}

#[test]
fn a_training_is_found_by_the_address_of_its_photos_whenever_that_was_made() {
    let dataset = "/datasets/acc_1.char_1.zip".to_owned();
    let training = |url: &str| listed("training", LATER, &json!({"input_images": url, "trigger_word": "CHAR1"}));
    let find = |url: &str| {
        let sought = sought(Mark::Training { dataset: dataset.clone() }, Proof::Unique);
        play(replicate().find(&sought), vec![page(&[training(url)], None)])
    };
    let (requests, outcome) = find("https://us.example/datasets/acc_1.char_1.zip?expires=1&mac=ab");
    assert_eq!(lines(&requests), ["GET https://api.replicate.com/v1/trainings"]);
    assert_eq!(outcome, Ok(Some(running("training"))));
    let others = "https://us.example/datasets/acc_1.char_2.zip?of=/datasets/acc_1.char_1.zip";
    assert_eq!(find(others).1, Ok(None));
}

#[test]
fn a_list_that_ends_without_the_job_never_had_it() {
    assert_eq!(find(vec![page(&[other(LATER)], Some(NEXT)), page(&[other(LATER)], None)]).1, Ok(None));
    assert_eq!(find(vec![page(&[], None)]).1, Ok(None));
}

#[test]
fn two_jobs_that_could_be_the_one_decide_nothing() {
    for proof in [Proof::Unique, Proof::SameResult, Proof::Nothing] {
        let two = page(&[the_job(), listed("again", LATER, &input())], None);
        assert_eq!(find_as(proof, vec![two]).1, Err(Error::Unavailable), "{proof:?}");
    }
}

#[test]
fn a_job_whose_input_is_removed_or_has_no_seed_may_be_the_one() {
    let unseeded = listed("unseeded", LATER, &json!({"prompt": "in a modern office"}));
    let unseen = [removed(), unseeded, json!(null), json!({"id": "x", "created_at": LATER})];
    for unknown in unseen {
        let alone = find(vec![page(std::slice::from_ref(&unknown), None)]).1;
        assert_eq!(alone, Err(Error::Unavailable), "{unknown}");
        // What nobody else has is found beside it; what others may have is not.
        let beside = |proof| find_as(proof, vec![page(&[unknown.clone(), the_job()], None)]).1;
        assert_eq!(beside(Proof::Unique), Ok(Some(running("sought"))), "{unknown}");
        assert_eq!(beside(Proof::SameResult), Err(Error::Unavailable), "{unknown}");
    }
}

#[test]
fn a_job_with_the_callers_own_seed_may_be_of_an_earlier_task_of_theirs() {
    let at = |created_at| find_as(Proof::SameResult, vec![page(&[listed("sought", created_at, &input())], None)]).1;
    assert_eq!(at("2026-03-01T12:00:00Z"), Ok(Some(running("sought"))));
    assert_eq!(at("2026-03-01T11:59:59.9Z"), Err(Error::Unavailable));
    assert_eq!(at("2026-03-01T11:49:59.9Z"), Ok(None));
}

#[test]
fn a_run_is_found_by_all_of_its_inputs_and_our_seed() {
    let sent = json!({"prompt": "a fox", "image": "https://us.example/uploads/1.png", "scale": 1, "seed": SEED});
    let find = |seed: Option<&str>, input: &Value| {
        let mark = Mark::Run { input: sent.as_object().unwrap().clone(), seed: seed.map(str::to_owned) };
        let proof = if seed.is_some() { Proof::Unique } else { Proof::Nothing };
        let list = page(&[listed("run", LATER, input)], None);
        play(replicate().find(&sought(mark, proof)), vec![list]).1
    };
    // Numbers and files may be written in another way, and defaults be filled in.
    let shown =
        json!({"prompt": "a fox", "image": "https://replicate.delivery/1.png", "scale": 1.0, "seed": SEED, "n": 1});
    let found = Ok(Some(running("run")));
    assert_eq!([find(Some("seed"), &sent), find(Some("seed"), &shown)], [found.clone(), found]);
    let without = json!({"prompt": "a fox", "scale": 1});
    let reworded = json!({"prompt": "a wolf", "scale": 1, "seed": SEED});
    for undecided in [without, reworded] {
        assert_eq!(find(Some("seed"), &undecided), Err(Error::Unavailable), "{undecided}");
    }
    assert_eq!(find(Some("seed"), &json!({"prompt": "a fox", "scale": 1, "seed": 8})), Ok(None));
    // Without a seed of ours it may be another's that is the same.
    assert_eq!(find(None, &sent), Err(Error::Unavailable));
    assert_eq!(find(None, &json!({"prompt": "a wolf", "seed": SEED})), Ok(None));
}

#[test]
fn jobs_older_than_the_submission_end_the_search() {
    let older = page(&[other("2026-03-01T11:49:59.999999Z"), the_job()], Some(NEXT));
    assert_eq!(find(vec![older]).1, Ok(None));
}

#[test]
fn a_job_within_the_clocks_difference_is_not_older() {
    for created_at in ["2026-03-01T11:50:00Z", "2026-02-01T00:00:00+14:00", "yesterday", ""] {
        let list = page(&[other(created_at), the_job()], None);
        assert_eq!(find(vec![list]).1, Ok(Some(running("sought"))), "{created_at:?}");
    }
}

#[test]
fn a_search_without_end_is_given_up_undecided() {
    let pages = |jobs: &[Value]| (0..PAGES_MAX).map(|_| page(jobs, Some(NEXT))).collect();
    let (requests, outcome) = find(pages(&[other(LATER)]));
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
