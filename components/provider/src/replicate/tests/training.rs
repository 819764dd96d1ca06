//! Starting a training: the whole conversation, and where it can end.

use super::*;
use crate::JobState;

fn account() -> Answer {
    answer(200, &json!({"type": "organization", "username": "acme", "name": "Acme", "github_url": null}))
}

fn trainer() -> Answer {
    answer(200, &json!({"owner": "ostris", "name": "flux-dev-lora-trainer", "latest_version": {"id": VERSION}}))
}

fn created() -> Answer {
    answer(201, &job_object("starting", &Value::Null))
}

fn no_destination() -> Answer {
    let detail = "The specified training destination does not exist";
    answer(404, &json!({"title": "Not found", "detail": detail, "status": 404}))
}

const ACCOUNT: &str = "GET https://api.replicate.com/v1/account";
const TRAINER: &str = "GET https://api.replicate.com/v1/models/ostris/flux-dev-lora-trainer";
const MODELS: &str = "POST https://api.replicate.com/v1/models";

fn submission() -> String {
    format!("POST https://api.replicate.com/v1/models/ostris/flux-dev-lora-trainer/versions/{VERSION}/trainings")
}

#[test]
fn a_training_is_submitted_to_the_accounts_model_with_the_trainers_latest_version() {
    let (requests, outcome) = play(replicate().start_training(&training_job()), vec![account(), trainer(), created()]);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    assert_eq!(lines(&requests), [ACCOUNT, TRAINER, &submission()]);
    let expected = json!({
        "destination": "acme/likeness-characters",
        "input": training_job().input,
        "webhook": CALLBACK, "webhook_events_filter": ["start", "completed"]
    });
    assert_eq!(body(&requests[2]), expected);
    for request in &requests {
        assert_eq!(request.headers()["authorization"], "Bearer r8_sesame");
        assert_eq!(request.headers()["accept"], "application/json");
    }
    assert_eq!(requests[2].headers()["content-type"], "application/json");
}

#[test]
fn a_trainer_with_a_version_is_not_looked_up() {
    let job_of_version = TrainingJob { trainer: format!("ostris/flux-dev-lora-trainer:{VERSION}"), ..training_job() };
    let (requests, outcome) = play(replicate().start_training(&job_of_version), vec![account(), created()]);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    assert_eq!(lines(&requests), [ACCOUNT, &submission()]);
}

#[test]
fn a_trainer_that_has_no_name_is_asked_for_nowhere() {
    let unnamed = TrainingJob { trainer: "trainer".to_owned(), ..training_job() };
    let (requests, outcome) = play(replicate().start_training(&unnamed), vec![]);
    assert_eq!((requests.len(), outcome), (0, Err(Error::NotFound)));
}

#[test]
fn a_base_url_with_a_path_is_gone_on_from() {
    for base_url in ["http://127.0.0.1:8123/replicate", "http://127.0.0.1:8123/replicate/"] {
        let config = Config { base_url: base_url.to_owned(), ..config() };
        let (requests, _) =
            play(Replicate::new(config).unwrap().start_training(&training_job()), vec![Err(Transport::NotSent)]);
        assert_eq!(lines(&requests), ["GET http://127.0.0.1:8123/replicate/v1/account"]);
    }
}

#[test]
fn a_missing_destination_is_made_and_the_training_submitted_again() {
    let exists = json!({"errors": [{"detail": "A model with that name and owner already exists."}]});
    let other_exists = json!({"title": "Invalid", "detail": "A model with that name already exists", "status": 422});
    // 201: made now. The others: made by another request meanwhile.
    for made in [answer(201, &json!({"name": "likeness-characters"})), answer(409, &exists), answer(422, &other_exists)]
    {
        let answers = vec![account(), trainer(), no_destination(), made, created()];
        let (requests, outcome) = play(replicate().start_training(&training_job()), answers);
        assert_eq!(outcome, Ok(job(JobState::Queued)));
        assert_eq!(lines(&requests), [ACCOUNT, TRAINER, &submission(), MODELS, &submission()]);
        let model = body(&requests[3]);
        assert_eq!(model["owner"], "acme");
        assert_eq!(model["name"], "likeness-characters");
        assert_eq!(model["visibility"], "private");
        assert_eq!(model["hardware"], "gpu-t4");
        assert_eq!(body(&requests[4]), body(&requests[2]));
    }
}

#[test]
fn a_destination_that_stays_missing_ends_it() {
    let answers = vec![account(), trainer(), no_destination(), answer(201, &json!({})), no_destination()];
    let (_, outcome) = play(replicate().start_training(&training_job()), answers);
    assert_eq!(outcome, Err(Error::NotFound));
}

#[test]
fn another_404_makes_no_destination() {
    let answers = vec![account(), trainer(), answer(404, &json!({"detail": "Version not found"}))];
    let (_, outcome) = play(replicate().start_training(&training_job()), answers);
    assert_eq!(outcome, Err(Error::NotFound));
}

#[test]
fn whatever_goes_wrong_before_the_submission_is_certainly_not_accepted() {
    let wrong = || {
        vec![
            Err(Transport::NotSent),
            Err(Transport::Lost),
            raw_answer(502, "<html>bad gateway</html>"),
            answer(401, &json!({"title": "Unauthenticated", "status": 401})),
            answer(429, &json!({})),
            answer(422, &json!({})),
            answer(404, &json!({})),
            answer(200, &json!({})),
            raw_answer(200, "not json"),
            answer(200, &json!({"username": "../x", "latest_version": null})),
        ]
    };
    for stage in 0..3 {
        for bad in wrong() {
            if stage == 2 && bad.as_ref().is_ok_and(|response| response.status() == 200) {
                continue; // What is said of a model that was made does not matter.
            }
            let answers = match stage {
                0 => vec![bad],
                1 => vec![account(), bad],
                _ => vec![account(), trainer(), no_destination(), bad],
            };
            let (requests, outcome) = play(replicate().start_training(&training_job()), answers);
            let error = outcome.unwrap_err();
            assert!(!error.may_have_been_accepted(), "{error:?} after {:?}", lines(&requests));
        }
    }
}

#[test]
fn a_submission_whose_fate_is_unknown_is_never_repeated() {
    let unknown = || {
        [
            Err(Transport::Lost),
            raw_answer(500, ""),
            raw_answer(504, "upstream timeout"),
            raw_answer(201, "{}"),
            raw_answer(201, "not json"),
        ]
    };
    for bad in unknown() {
        let (requests, outcome) = play(replicate().start_training(&training_job()), vec![account(), trainer(), bad]);
        assert_eq!(outcome, Err(Error::Ambiguous));
        assert_eq!(requests.len(), 3);
    }
    for bad in unknown() {
        let answers = vec![account(), trainer(), no_destination(), answer(201, &json!({})), bad];
        let (requests, outcome) = play(replicate().start_training(&training_job()), answers);
        assert_eq!(outcome, Err(Error::Ambiguous));
        assert_eq!(requests.len(), 5);
    }
}

#[test]
fn a_submission_that_was_not_sent_is_certainly_not_accepted() {
    let (_, outcome) =
        play(replicate().start_training(&training_job()), vec![account(), trainer(), Err(Transport::NotSent)]);
    assert_eq!(outcome, Err(Error::Unavailable));
}
