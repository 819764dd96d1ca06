//! fal's documented answers, played as conversations, and its callbacks.

mod callbacks;

use domain::{AspectRatio, Secret};
use serde_json::{Value, json};

use super::*;
use crate::testing::{self, Answer, answer, body, known, lines, play, raw_answer};
use crate::{FailureKind, JobFailure, JobState, Output, Transport};

const CALLBACK: &str = "https://us.example/api/v1/webhooks/fal?task=task_1&mac=00ff";
const REQUEST_ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";
const LORA: &str = "https://v3.fal.media/files/rabbit/lora.safetensors";

fn config() -> Config {
    Config {
        queue_url: "https://queue.fal.run".to_owned(),
        key: Secret::new("key_id:sesame"),
        admin_key: Secret::new(""),
        api_url: "https://api.fal.ai".to_owned(),
        user_id: "user-selftest".to_owned(),
        rest_url: "https://rest.fal.ai".to_owned(),
        output_host: "https://*.fal.media".to_owned(),
        trainer: "fal-ai/flux-lora-fast-training".to_owned(),
        model: "fal-ai/flux-lora".to_owned(),
    }
}

fn fal() -> Fal {
    Fal::new(config()).unwrap()
}

fn training_job() -> TrainingJob {
    testing::training_job("fal-ai/flux-lora-fast-training", CALLBACK)
}

fn generation_job() -> GenerationJob {
    testing::generation_job(CALLBACK, Model::Own(LORA.to_owned()))
}

/// What a submission is answered with.
fn queued(response_url: &str) -> Answer {
    let job = "https://queue.fal.run/fal-ai/flux-lora/requests/764cabcf-b745-4b3e-ae38-1200304cf45b";
    let body = json!({
        "request_id": REQUEST_ID, "gateway_request_id": "another", "status": "IN_QUEUE", "queue_position": 3,
        "response_url": response_url, "status_url": format!("{job}/status"), "cancel_url": format!("{job}/cancel"),
    });
    answer(200, &body)
}

fn job(state: JobState) -> Job {
    Job { id: REQUEST_ID.to_owned(), location: None, state, callback_url: None, progress_percent: None }
}

fn submit(answer: Answer) -> Result<Job, Error> {
    play(fal().start_generation(&generation_job()), vec![answer]).1
}

fn ask(answers: Vec<Answer>) -> Result<Job, Error> {
    play(fal().status(Kind::Generation, &known(REQUEST_ID)), answers).1
}

#[test]
fn a_training_names_its_trainer_and_where_to_report() {
    let (requests, outcome) = play(fal().start_training(&training_job()), vec![queued("")]);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    let callback = "https%3A%2F%2Fus.example%2Fapi%2Fv1%2Fwebhooks%2Ffal%3Ftask%3Dtask_1%26mac%3D00ff";
    let line = format!("POST https://queue.fal.run/fal-ai/flux-lora-fast-training?fal_webhook={callback}");
    assert_eq!(lines(&requests), [line]);
    assert_eq!(requests[0].headers()["authorization"], "Key key_id:sesame");
    assert_eq!(body(&requests[0]), json!(training_job().input));
}

#[test]
fn how_long_files_are_kept_is_said_with_every_submission() {
    let kept = |exchange| {
        let (requests, _) = play(exchange, vec![queued("")]);
        let header = requests[0].headers()["x-fal-object-lifecycle-preference"].to_str().unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&header).unwrap()["expiration_duration_seconds"].as_u64().unwrap()
    };
    assert_eq!(kept(fal().start_training(&training_job())), 30 * 24 * 3_600);
    assert_eq!(kept(fal().start_generation(&generation_job())), 24 * 3_600);
    let input = json!({"prompt": "x"}).as_object().unwrap().clone();
    let run = RunJob { model: "fal-ai/flux-2-pro".to_owned(), input, callback_url: CALLBACK.to_owned() };
    assert_eq!(kept(fal().start_run(&run)), 24 * 3_600);
    assert_eq!(fal().jobs_kept(Kind::Training), Some(Duration::from_hours(30 * 24)));
}

#[test]
fn what_is_kept_of_a_job_is_deleted_where_there_is_a_key_for_that() {
    let admin = Fal::new(Config { admin_key: Secret::new("admin:sesame"), ..config() }).unwrap();
    let (requests, outcome) = play(admin.delete_job(&known(REQUEST_ID)), vec![raw_answer(204, "")]);
    let line = format!("DELETE https://api.fal.ai/v1/models/requests/{REQUEST_ID}/payloads");
    assert_eq!((lines(&requests), outcome), (vec![line], Ok(())));
    assert_eq!(requests[0].headers()["authorization"], "Key admin:sesame");
    let gone = answer(404, &json!({"detail": "Request not found"}));
    assert_eq!(play(admin.delete_job(&known(REQUEST_ID)), vec![gone]).1, Err(Error::NotFound));
    assert_eq!(play(admin.delete_job(&known("../x")), vec![]).1, Err(Error::NotFound));
    assert_eq!(play(fal().delete_job(&known(REQUEST_ID)), vec![]).1, Err(Error::NotOffered));
}

#[test]
fn a_completed_job_with_an_error_in_its_status_failed_whatever_its_result_says() {
    let completed = |error: &str, error_type: &str| {
        answer(200, &json!({"status": "COMPLETED", "logs": null, "error": error, "error_type": error_type}))
    };
    let failed = |kind, message: &str| Ok(job(JobState::Failed(JobFailure { kind, message: message.to_owned() })));
    let results =
        [raw_answer(502, "<html>"), answer(404, &json!({"detail": "gone"})), answer(200, &json!({"images": []}))];
    for result in results {
        let outcome = ask(vec![completed("It broke", "runner_disconnected"), result]);
        assert_eq!(outcome, failed(FailureKind::Retryable, "It broke"));
    }
    let told = answer(422, &json!({"detail": [{"msg": "no", "type": "content_policy_violation"}]}));
    assert_eq!(ask(vec![completed("422", "x"), told]), failed(FailureKind::Unsafe, "no"));
    assert_eq!(ask(vec![completed("It broke", ""), Err(Transport::Lost)]), Err(Error::Unavailable));
}

#[test]
fn a_result_that_is_an_error_names_its_type_in_a_header_or_not_at_all() {
    let completed = || answer(200, &json!({"status": "COMPLETED", "logs": null}));
    let failed = |kind, message: &str| Ok(job(JobState::Failed(JobFailure { kind, message: message.to_owned() })));
    let said = json!({"detail": "Internal Server Error"});
    assert_eq!(ask(vec![completed(), answer(500, &said)]), failed(FailureKind::Retryable, "Internal Server Error"));
    let typed = |status: u16, name: &str| {
        let response = http::Response::builder().status(status).header("x-fal-error-type", name);
        Ok(response.body(said.to_string().into_bytes()).unwrap())
    };
    let outcome = ask(vec![completed(), typed(503, "runner_disconnected")]);
    assert_eq!(outcome, failed(FailureKind::Retryable, "Internal Server Error"));
    let outcome = ask(vec![completed(), typed(400, "content_policy_violation")]);
    assert_eq!(outcome, failed(FailureKind::Unsafe, "Internal Server Error"));
    assert_eq!(ask(vec![completed(), answer(503, &said)]), Err(Error::Unavailable));
}

#[test]
fn a_generation_names_weights_and_a_size() {
    let hurried = GenerationJob { cancel_after_seconds: Some(90), ..generation_job() };
    let (requests, outcome) = play(fal().start_generation(&hurried), vec![queued("")]);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    assert_eq!(requests[0].headers()["x-fal-request-timeout"], "90");
    let expected = json!({
        "prompt": "CHAR1N2K3M4 in a modern office", "loras": [{"path": LORA, "scale": 1.0}],
        "image_size": {"width": 832, "height": 1216}, "num_images": 2, "output_format": "png",
        "enable_safety_checker": true,
    });
    assert_eq!(body(&requests[0]), expected);
    let elsewhere = GenerationJob { model: Model::Weights("https://us.example/w".to_owned()), ..generation_job() };
    let (requests, _) = play(fal().start_generation(&elsewhere), vec![queued("")]);
    assert_eq!(body(&requests[0])["loras"][0]["path"], "https://us.example/w");
}

#[test]
fn every_ratio_has_the_size_of_its_shape() {
    for &aspect_ratio in AspectRatio::ALL {
        let (width, height) = size(aspect_ratio);
        let (across, down) = aspect_ratio.as_str().split_once(':').unwrap();
        let wanted = across.parse::<f64>().unwrap() / down.parse::<f64>().unwrap();
        let got = f64::from(width) / f64::from(height);
        assert!((got / wanted - 1.0).abs() < 0.05, "{} is {width}x{height}", aspect_ratio.as_str());
        assert!(width.is_multiple_of(32) && height.is_multiple_of(32) && width * height >= 900_000);
    }
}

#[test]
fn the_urls_that_fal_returns_are_used_where_they_are_its_own() {
    let own = format!("https://queue.fal.run/fal-ai/flux-lora/v2/requests/{REQUEST_ID}/response");
    let location = submit(queued(&own)).unwrap().location;
    assert_eq!(location, Some(format!("fal-ai/flux-lora/v2/requests/{REQUEST_ID}")));
    let known = JobRef { id: REQUEST_ID.to_owned(), location };
    let (requests, _) = play(fal().status(Kind::Generation, &known), vec![Err(Transport::Lost)]);
    let line = format!("GET https://queue.fal.run/fal-ai/flux-lora/v2/requests/{REQUEST_ID}/status?logs=1");
    assert_eq!(lines(&requests), [line]);
    for other in ["https://evil.example/fal-ai/x/requests/1", "https://queue.fal.run/a%2fb", "", "no URL"] {
        assert_eq!(submit(queued(other)).unwrap().location, None, "{other}");
    }
}

#[test]
fn a_job_whose_url_is_not_known_is_asked_for_by_its_id() {
    let deep = Fal::new(Config { model: "fal-ai/flux/dev".to_owned(), ..config() }).unwrap();
    let (requests, _) = play(deep.status(Kind::Generation, &known(REQUEST_ID)), vec![Err(Transport::Lost)]);
    assert_eq!(
        lines(&requests),
        [format!("GET https://queue.fal.run/fal-ai/flux/requests/{REQUEST_ID}/status?logs=1")]
    );
    for id in ["", "../x", "a/b", "a?b", &"a".repeat(65)] {
        let (requests, outcome) = play(fal().status(Kind::Training, &known(id)), vec![]);
        assert!(requests.is_empty(), "{id:?}");
        assert_eq!(outcome, Err(Error::NotFound));
    }
}

#[test]
fn refusals_are_told_apart() {
    let locked =
        json!({"detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing"});
    let invalid = json!({"detail": [{"loc": ["body", "prompt"], "msg": "field required", "type": "missing"}]});
    let cases = [
        (401, json!({"detail": "Authentication is required"}), Error::Unauthorized),
        (403, locked, Error::OutOfCredit),
        (403, json!({"detail": "Access denied"}), Error::Unauthorized),
        (404, json!({"detail": "Application not found"}), Error::NotFound),
        (422, invalid, Error::Refused { status: 422, detail: "field required".to_owned() }),
        (429, json!({"detail": "Too many"}), Error::Throttled { retry_after_seconds: 10 }),
    ];
    for (status, body, error) in cases {
        assert_eq!(submit(answer(status, &body)), Err(error.clone()));
        assert_eq!(ask(vec![answer(status, &body)]), Err(error));
    }
}

#[test]
fn a_submission_without_an_answer_may_run_and_a_question_may_be_asked_again() {
    for lost in [Err(Transport::Lost), raw_answer(502, "<html>"), raw_answer(500, "{}")] {
        assert_eq!(submit(lost.clone()), Err(Error::Ambiguous));
        assert_eq!(ask(vec![lost]), Err(Error::Unavailable));
    }
    for yes in ["", "{}", "{\"request_id\": 7}", "{\"request_id\": \"a/b\"}"] {
        assert_eq!(submit(raw_answer(200, yes)), Err(Error::Ambiguous), "{yes}");
    }
    assert_eq!(submit(Err(Transport::NotSent)), Err(Error::Unavailable));
}

#[test]
fn a_running_job_tells_by_its_log_how_far_it_is() {
    let logs = json!([{"message": "loading"}, {"message": " 40%|####      | 400/1000 [00:40<01:00]"}, {"other": 1}, 7]);
    let running = answer(200, &json!({"status": "IN_PROGRESS", "logs": logs}));
    assert_eq!(ask(vec![running]), Ok(Job { progress_percent: Some(40), ..job(JobState::Running) }));
    let queued = answer(200, &json!({"status": "IN_QUEUE", "queue_position": 0, "logs": null}));
    assert_eq!(ask(vec![queued]), Ok(job(JobState::Queued)));
    let unknown = answer(200, &json!({"status": "PONDERING"}));
    assert_eq!(ask(vec![unknown]), Ok(job(JobState::Running)));
    assert_eq!(ask(vec![answer(200, &json!({}))]), Err(Error::Malformed("status")));
}

#[test]
fn a_completed_job_is_what_its_result_says() {
    let completed = || answer(200, &json!({"status": "COMPLETED", "logs": null, "metrics": {}}));
    let images = json!({"images": [{"url": "https://v3.fal.media/a.png"}], "seed": 18_446_744_073_709_551_615_u64});
    let (requests, outcome) =
        play(fal().status(Kind::Generation, &known(REQUEST_ID)), vec![completed(), answer(200, &images)]);
    let result = format!("GET https://queue.fal.run/fal-ai/flux-lora/requests/{REQUEST_ID}");
    assert_eq!(lines(&requests), [format!("{result}/status?logs=1"), result]);
    let made = Output::Images(vec!["https://v3.fal.media/a.png".to_owned()]);
    assert_eq!(outcome, Ok(job(JobState::Succeeded(made))));

    let failures = [
        (422, json!({"detail": [{"msg": "no", "type": "content_policy_violation"}]}), FailureKind::Unsafe, "no"),
        (422, json!({"detail": [{"msg": "bad zip", "type": "invalid_archive"}]}), FailureKind::Other, "bad zip"),
        (504, json!({"detail": "slow", "error_type": "startup_timeout"}), FailureKind::Retryable, "slow"),
        (499, json!({"detail": "stopped", "error_type": "client_cancelled"}), FailureKind::Other, "stopped"),
    ];
    for (status, body, kind, words) in failures {
        let failure = JobFailure { kind, message: words.to_owned() };
        let outcome = ask(vec![completed(), answer(status, &body)]);
        assert_eq!(outcome, Ok(job(JobState::Failed(failure))), "{status} {body}");
    }
    // An answer that failed is not a job that failed.
    for unanswered in [raw_answer(502, "<html>"), answer(500, &json!({})), Err(Transport::Lost)] {
        assert_eq!(ask(vec![completed(), unanswered]), Err(Error::Unavailable));
    }
    assert_eq!(ask(vec![completed(), answer(404, &json!({"detail": "gone"}))]), Err(Error::NotFound));
}

#[test]
fn a_job_is_canceled_or_was_over() {
    let cancel = |answer| play(fal().cancel(Kind::Generation, &known(REQUEST_ID)), vec![answer]);
    let (requests, outcome) = cancel(answer(202, &json!({"status": "CANCELLATION_REQUESTED"})));
    let url = format!("https://queue.fal.run/fal-ai/flux-lora/requests/{REQUEST_ID}/cancel");
    assert_eq!((lines(&requests), outcome), (vec![format!("PUT {url}")], Ok(job(JobState::Running))));
    assert_eq!(cancel(answer(400, &json!({"status": "ALREADY_COMPLETED"}))).1, Ok(job(JobState::Running)));
    assert_eq!(cancel(answer(404, &json!({"status": "NOT_FOUND"}))).1, Err(Error::NotFound));
}

#[test]
fn what_fal_cannot_be_asked_is_not_asked() {
    let mark = crate::Mark::Training { dataset: "/datasets/1.zip".to_owned() };
    let sought = Sought { mark, proof: crate::Proof::Unique, since: Timestamp::from_millis(0) };
    assert_eq!(play(fal().find(&sought), vec![]).1, Err(Error::NotOffered));
    assert_eq!(play(fal().delete_model(LORA), vec![]).1, Err(Error::NotOffered));
}

#[test]
fn outputs_come_from_fals_file_hosts() {
    for url in [LORA, "https://fal.media/files/a.png", "https://queue.fal.run/a.png"] {
        assert!(fal().output_allowed(url), "{url}");
    }
    for url in [
        "http://v3.fal.media/a.png",
        "https://v3.fal.media:8443/a.png",
        "https://u:p@v3.fal.media/a.png",
        "https://evilfal.media/a.png",
        "https://fal.media.evil.example/a.png",
        "http://169.254.169.254/",
        "data:image/png;base64,AA==",
        "",
    ] {
        assert!(!fal().output_allowed(url), "{url}");
    }
}

#[test]
fn outputs_come_from_the_configured_host() {
    let elsewhere = Fal::new(Config { output_host: "https://files.example".to_owned(), ..config() }).unwrap();
    assert!(elsewhere.output_allowed("https://files.example/a.png"));
    assert!(!elsewhere.output_allowed(LORA));
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let refused = |config| Fal::new(config).unwrap_err();
    for queue_url in ["", "queue.fal.run", "ftp://x", "https://u:p@x", "https://x?y"] {
        assert_eq!(refused(Config { queue_url: queue_url.to_owned(), ..config() }), Misconfigured::QueueUrl);
    }
    assert_eq!(refused(Config { rest_url: String::new(), ..config() }), Misconfigured::RestUrl);
    assert_eq!(refused(Config { output_host: "fal.media".to_owned(), ..config() }), Misconfigured::OutputHost);
    assert_eq!(refused(Config { key: Secret::new(""), ..config() }), Misconfigured::Key);
    for app in ["", "flux", "a/../b", "a/b/c/d/e/f/g", "a b/c"] {
        assert_eq!(refused(Config { model: app.to_owned(), ..config() }), Misconfigured::App, "{app}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?}", config(), fal());
    assert!(!shown.contains("sesame"), "{shown}");
}
