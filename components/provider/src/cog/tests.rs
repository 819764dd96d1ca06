//! Cog's documented answers, played as conversations, and its callbacks.

use http::HeaderValue;
use serde_json::json;

use super::*;
use crate::testing::{self, Answer, answer, body, known, lines, play, raw_answer, training_job};
use crate::{FailureKind, JobState, Transport};

const CALLBACK: &str = "https://us.example/api/v1/webhooks/cog?task=task_1&mac=00ff";
const FILES: &str = "https://us.example/provider-files/0123abcd/";
const WEIGHTS: &str = "https://us.example/weights/1.safetensors?mac=1";

fn config() -> Config {
    Config {
        trainer_url: "http://trainer:5000".to_owned(),
        model_url: "http://model:5000/flux".to_owned(),
        callback_token: Secret::new("sesame-sesame-16"),
    }
}

fn cog() -> Cog {
    Cog::new(config(), FILES).unwrap()
}

fn generation_job() -> GenerationJob {
    testing::generation_job(CALLBACK, Model::Weights(WEIGHTS.to_owned()))
}

fn submit(answers: Vec<Answer>) -> Result<Job, Error> {
    play(cog().start_training(&training_job(CALLBACK)), answers).1
}

fn started() -> Answer {
    answer(202, &json!({"id": id(CALLBACK), "status": "starting"}))
}

#[test]
fn a_job_has_the_id_of_its_callback_and_is_not_waited_for() {
    let (requests, outcome) = play(cog().start_training(&training_job(CALLBACK)), vec![started()]);
    let id = id(CALLBACK);
    assert_eq!((id.len(), outcome.map(|job| (job.id, job.state))), (26, Ok((id.clone(), JobState::Queued))));
    assert_eq!(lines(&requests), [format!("PUT http://trainer:5000/trainings/{id}")]);
    assert_eq!(requests[0].headers()["prefer"], "respond-async");
    let input = json!({
        "input_images": "https://us.example/datasets/1.zip?mac=abcd", "trigger_word": "CHAR1N2K3M4", "steps": 1000
    });
    let events = ["start", "completed"];
    let expected = json!({"id": id, "input": input, "webhook": CALLBACK, "webhook_events_filter": events});
    assert_eq!(body(&requests[0]), expected);
}

#[test]
fn a_generation_names_its_weights() {
    let (requests, _) = play(cog().start_generation(&generation_job()), vec![started()]);
    assert_eq!(lines(&requests), [format!("PUT http://model:5000/flux/predictions/{}", id(CALLBACK))]);
    let input = json!({
        "prompt": "CHAR1N2K3M4 in a modern office", "lora_weights": WEIGHTS, "aspect_ratio": "2:3", "num_outputs": 2,
        "output_format": "webp", "go_fast": false
    });
    assert_eq!(body(&requests[0])["input"], input);
}

#[test]
fn a_submission_without_an_answer_is_sent_once_more() {
    let (requests, outcome) =
        play(cog().start_training(&training_job(CALLBACK)), vec![Err(Transport::Lost), started()]);
    assert!(outcome.is_ok());
    assert_eq!(requests[0].body(), requests[1].body());
    assert_eq!(lines(&requests)[0], lines(&requests)[1]);
    assert_eq!(submit(vec![Err(Transport::Lost), Err(Transport::Lost)]), Err(Error::Ambiguous));
    assert_eq!(submit(vec![Err(Transport::Lost), Err(Transport::NotSent)]), Err(Error::Ambiguous));
    assert_eq!(submit(vec![Err(Transport::NotSent)]), Err(Error::Unavailable));
}

#[test]
fn refusals_are_told_apart() {
    let busy = json!({"error": "At capacity - all prediction slots busy", "status": "failed"});
    let starting = json!({"error": "Setup has not finished yet", "status": "failed"});
    let invalid = json!({"detail": [{"loc": ["body", "input", "steps"], "msg": "too many", "type": "value_error"}]});
    let old = json!({"detail": "Already running a prediction"});
    let refused = |detail: &str| Error::Refused { status: 422, detail: detail.to_owned() };
    let cases = [
        (409, busy, Error::Throttled { retry_after_seconds: 10 }),
        (409, old.clone(), Error::Throttled { retry_after_seconds: 10 }),
        (503, starting, Error::Unavailable),
        (404, json!({"detail": "Not Found"}), Error::Unavailable),
        (422, invalid, refused("too many")),
        (422, old, refused("Already running a prediction")),
        (500, json!({}), Error::Ambiguous),
    ];
    for (status, body, error) in cases {
        assert_eq!(submit(vec![answer(status, &body)]), Err(error), "{status} {body}");
    }
    assert_eq!(submit(vec![raw_answer(502, "<html>")]), Err(Error::Ambiguous));
}

#[test]
fn it_can_be_told_to_stop_and_not_be_asked() {
    let cancel = |answer| play(cog().cancel(Kind::Generation, &known("abc")), vec![answer]);
    let (requests, outcome) = cancel(answer(200, &json!({})));
    assert_eq!(lines(&requests), ["POST http://model:5000/flux/predictions/abc/cancel"]);
    assert_eq!(outcome.map(|job| job.state), Ok(JobState::Running));
    assert_eq!(cancel(answer(404, &json!({}))).1, Err(Error::NotFound));
    assert_eq!(cancel(Err(Transport::Lost)).1, Err(Error::Unavailable));
    assert_eq!(play(cog().cancel(Kind::Training, &known("../shutdown")), vec![]).1, Err(Error::NotFound));
    assert_eq!(play(cog().status(Kind::Training, &known("abc")), vec![]).1, Err(Error::NotOffered));
    let since = Timestamp::from_millis(0);
    assert_eq!(play(cog().find(Kind::Training, CALLBACK, since), vec![]).1, Err(Error::NotOffered));
    assert_eq!(play(cog().delete_model(WEIGHTS), vec![]).1, Err(Error::NotOffered));
}

#[test]
fn its_callbacks_are_read_as_both_generations_of_cog_write_them() {
    let state = |body: Value| cog().parse_callback(body.to_string().as_bytes()).map(|job| job.state);
    let done = |output: Value| state(json!({"id": "abc", "status": "succeeded", "output": output, "logs": ""}));
    let pictures = Output::Images(vec!["data:image/webp;base64,UklGRg==".to_owned()]);
    assert_eq!(done(json!(["data:image/webp;base64,UklGRg=="])), Ok(JobState::Succeeded(pictures)));
    let tar = "https://us.example/provider-files/1/trained_model.tar";
    let model = Output::Model { name: tar.to_owned(), weights: Some(tar.to_owned()) };
    assert_eq!(done(json!({"weights": tar})), Ok(JobState::Succeeded(model)));
    assert_eq!(done(json!({})), Ok(JobState::Succeeded(Output::Gone)));
    let old =
        json!({"id": "abc", "status": "processing", "input": {"seed": u64::MAX}, "started_at": "x", "version": null});
    assert_eq!(state(old), Ok(JobState::Running));
    assert_eq!(state(json!({"id": "abc", "status": "canceled"})), Ok(JobState::Canceled));
    let failed = state(json!({"id": "abc", "status": "failed", "error": "NSFW content detected"}));
    assert!(matches!(failed, Ok(JobState::Failed(failure)) if failure.kind == FailureKind::Unsafe));
    assert!(state(json!({"status": "succeeded"})).is_err());
}

#[test]
fn a_callback_is_opened_by_its_token() {
    let now = Timestamp::from_millis(0);
    let verify = |value: &'static str| {
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(value))]);
        cog().verify_callback(&headers, b"{}", b"", now)
    };
    assert_eq!(verify("Bearer sesame-sesame-16"), Ok(()));
    assert_eq!(verify("Bearer sesame"), Err(Rejection::NoMatchingSignature));
    let bare = cog().verify_callback(&HeaderMap::new(), b"{}", b"", now);
    assert_eq!(bare, Err(Rejection::MissingHeader("authorization")));
}

#[test]
fn outputs_are_in_the_callback_or_were_uploaded_to_us() {
    for url in ["data:image/png;base64,AA==", "https://us.example/provider-files/1/out-0.webp"] {
        assert!(cog().output_allowed(url), "{url}");
    }
    for url in [
        "https://us.example/api/v1/credits",
        "https://us.example/provider-files/../admin",
        "https://u:p@us.example/provider-files/1",
        "http://us.example/provider-files/1",
        "http://model:5000/flux/1",
        "http://169.254.169.254/",
    ] {
        assert!(!cog().output_allowed(url), "{url}");
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let refused = |config| Cog::new(config, FILES).unwrap_err();
    assert_eq!(refused(Config { trainer_url: String::new(), ..config() }), Misconfigured::Url);
    assert_eq!(refused(Config { model_url: "model:5000".to_owned(), ..config() }), Misconfigured::Url);
    assert_eq!(Cog::new(config(), "/").unwrap_err(), Misconfigured::FilesUrl);
    assert_eq!(refused(Config { callback_token: Secret::new("short"), ..config() }), Misconfigured::CallbackToken);
    assert!(!format!("{:?} {:?}", config(), cog()).contains("sesame"));
}
