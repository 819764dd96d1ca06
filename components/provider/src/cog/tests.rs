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

/// What a container says that knows no description of itself.
fn undescribed() -> Answer {
    answer(503, &json!({"error": "OpenAPI schema not available"}))
}

/// Begins a training at a container that does not describe itself.
fn submission(answers: Vec<Answer>) -> (Vec<Request>, Result<Job, Error>) {
    let (mut requests, outcome) =
        play(cog().start_training(&training_job("", CALLBACK)), [vec![undescribed()], answers].concat());
    requests.remove(0);
    (requests, outcome)
}

fn submit(answers: Vec<Answer>) -> Result<Job, Error> {
    submission(answers).1
}

/// A container's description of a trainer that returns this.
fn returning(output: &Value) -> Value {
    json!({"openapi": "3.0.2", "components": {"schemas": {"TrainingInput": {"type": "object"}, "TrainingOutput": output}}})
}

fn started() -> Answer {
    answer(202, &json!({"id": id(CALLBACK), "status": "starting"}))
}

#[test]
fn a_job_has_the_id_of_its_callback_and_is_not_waited_for() {
    let (requests, outcome) = submission(vec![started()]);
    let id = id(CALLBACK);
    assert_eq!((id.len(), outcome.map(|job| (job.id, job.state))), (26, Ok((id.clone(), JobState::Queued))));
    assert_eq!(lines(&requests), [format!("PUT http://trainer:5000/trainings/{id}")]);
    assert_eq!(requests[0].headers()["prefer"], "respond-async");
    let input = json!(training_job("", CALLBACK).input);
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
    let (requests, outcome) = submission(vec![Err(Transport::Lost), started()]);
    assert!(outcome.is_ok());
    assert_eq!(requests[0].body(), requests[1].body());
    assert_eq!(lines(&requests)[0], lines(&requests)[1]);
    assert_eq!(submit(vec![Err(Transport::Lost), Err(Transport::Lost)]), Err(Error::Ambiguous));
    assert_eq!(submit(vec![Err(Transport::Lost), Err(Transport::NotSent)]), Err(Error::Ambiguous));
    assert_eq!(submit(vec![Err(Transport::NotSent)]), Err(Error::Unavailable));
}

#[test]
fn a_trainer_that_returns_an_object_is_not_asked_where_its_weights_would_come_in_the_callback() {
    let object = json!({"type": "object", "properties": {"weights": {"type": "string", "format": "uri"}}});
    let coglet = json!({"status": "READY", "version": {"coglet": "0.23.1"}});
    let named = |reference: &Value| {
        let mut document = returning(reference);
        document["components"]["schemas"]["Trained"] = object.clone();
        document
    };
    let reference = json!({"$ref": "#/components/schemas/Trained"});
    for document in [returning(&object), named(&reference), named(&json!({"allOf": [reference]}))] {
        let answers = vec![answer(200, &document), answer(200, &coglet)];
        let (requests, outcome) = play(cog().start_training(&training_job("", CALLBACK)), answers);
        assert!(matches!(&outcome, Err(Error::Unusable(why)) if why.contains("docs/operations/cog")), "{document}");
        let asked = ["GET http://trainer:5000/openapi.json", "GET http://trainer:5000/health-check"];
        assert_eq!(lines(&requests), asked);
    }
}

#[test]
fn a_trainer_of_which_nothing_bad_is_known_is_asked() {
    let path = json!({"type": "string", "format": "uri"});
    let object = json!({"type": "object", "properties": {"weights": path}});
    let taken = |mut answers: Vec<Answer>| {
        answers.push(started());
        play(cog().start_training(&training_job("", CALLBACK)), answers).1.is_ok()
    };
    assert!(taken(vec![answer(200, &returning(&path))]));
    let old = answer(200, &json!({"status": "READY"}));
    assert!(taken(vec![answer(200, &returning(&object)), old]), "up to 0.16 it uploads");
    assert!(taken(vec![answer(200, &returning(&object)), Err(Transport::Lost)]));
    let mut both = returning(&path);
    both["components"]["schemas"]["Output"] = object.clone();
    assert!(taken(vec![answer(200, &both)]), "what it predicts is another matter");
    let mut large = returning(&object);
    large["info"] = json!("x".repeat(1024 * 1024));
    let circle = returning(&json!({"$ref": "#/components/schemas/TrainingOutput"}));
    for unclear in [answer(200, &large), answer(200, &circle), raw_answer(200, "<html>"), undescribed()] {
        assert!(taken(vec![unclear]));
    }
    assert!(taken(vec![Err(Transport::Lost)]) && taken(vec![Err(Transport::NotSent)]));
}

#[test]
fn a_training_that_gives_one_file_gave_its_model() {
    let url = "https://us.example/provider-files/1/trained_model.tar".to_owned();
    let trained = |files: &[&String]| cog().trained(Output::Images(files.iter().map(|file| (*file).clone()).collect()));
    assert_eq!(trained(&[&url]), Output::Model { name: url.clone(), weights: Some(url.clone()) });
    assert_eq!(trained(&[&url, &url]), Output::Gone);
    assert_eq!(trained(&[]), Output::Gone);
    assert_eq!(trained(&[&"data:application/x-tar;base64,AA==".to_owned()]), Output::Gone);
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
    let mark = crate::Mark::Training { dataset: "/datasets/1.zip".to_owned() };
    let sought = Sought { mark, proof: crate::Proof::Unique, since: Timestamp::from_millis(0) };
    assert_eq!(play(cog().find(&sought), vec![]).1, Err(Error::NotOffered));
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
    let inside = json!({"weights": format!("data:application/x-tar;base64,{}", "A".repeat(100_000))});
    assert_eq!(done(inside), Ok(JobState::Succeeded(Output::Gone)), "it would be a name of that length");
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
    assert_eq!(verify("Bearer sesame"), Err(InvalidSignature::NoMatchingSignature));
    let bare = cog().verify_callback(&HeaderMap::new(), b"{}", b"", now);
    assert_eq!(bare, Err(InvalidSignature::MissingHeader("authorization")));
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
