//! Generations, and the questions about jobs of both kinds.

use domain::AspectRatio;

use super::*;
use crate::{JobState, Output};

#[test]
fn a_generation_names_version_inputs_and_callback() {
    let created = answer(201, &job_object("starting", &Value::Null));
    let (requests, outcome) = play(replicate().start_generation(&generation_job()), vec![created]);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    assert_eq!(lines(&requests), ["POST https://api.replicate.com/v1/predictions"]);
    let expected = json!({
        "version": format!("acme/likeness-characters:{VERSION}"),
        "input": {
            "prompt": "CHAR1N2K3M4 in a modern office", "aspect_ratio": "3:4", "num_outputs": 2, "output_format": "png"
        },
        "webhook": CALLBACK, "webhook_events_filter": ["completed"]
    });
    assert_eq!(body(&requests[0]), expected);
    assert!(!requests[0].headers().contains_key("prefer"), "a generation is not waited for");
    assert!(!requests[0].headers().contains_key("cancel-after"));
}

#[test]
fn more_strength_than_a_version_takes_is_cut_and_told() {
    for (percent, sent, ignored) in [(200, 2.0, vec![]), (250, 2.0, vec!["lora_scale"]), (80, 0.8, vec![])] {
        let job = GenerationJob { lora_scale_percent: Some(percent), ..generation_job() };
        let (requests, _) = play(replicate().start_generation(&job), vec![Err(Transport::NotSent)]);
        assert_eq!(body(&requests[0])["input"]["lora_scale"], sent);
        assert_eq!(replicate().ignored(&job), ignored);
    }
    assert!(replicate().ignored(&generation_job()).is_empty());
}

#[test]
fn every_aspect_ratio_is_one_of_replicates() {
    for &aspect_ratio in AspectRatio::ALL {
        let job = GenerationJob { aspect_ratio, ..generation_job() };
        let (requests, _) = play(replicate().start_generation(&job), vec![Err(Transport::NotSent)]);
        let ratio = &body(&requests[0])["input"]["aspect_ratio"];
        assert!(["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3"].contains(&ratio.as_str().unwrap()));
    }
}

#[test]
fn a_deadline_is_told_and_never_shorter_than_replicate_takes() {
    for (cancel_after_seconds, header) in [(120, "120"), (1, "5"), (u32::MAX, "4294967295")] {
        let job = GenerationJob { cancel_after_seconds: Some(cancel_after_seconds), ..generation_job() };
        let (requests, _) = play(replicate().start_generation(&job), vec![Err(Transport::NotSent)]);
        assert_eq!(requests[0].headers()["cancel-after"], header);
    }
}

#[test]
fn a_generation_may_be_created_in_part() {
    let (_, outcome) = play(
        replicate().start_generation(&generation_job()),
        vec![answer(202, &job_object("processing", &json!(["https://replicate.delivery/a.png"])))],
    );
    assert_eq!(outcome, Ok(job(JobState::Running)));
}

#[test]
fn a_job_is_asked_for_under_the_path_of_its_kind() {
    let done = || vec![answer(200, &job_object("succeeded", &json!(["https://replicate.delivery/a.png"])))];
    for (kind, path) in [(Kind::Training, "trainings"), (Kind::Generation, "predictions")] {
        let (requests, outcome) = play(replicate().status(kind, &known("zz4ibbonubfz7carwiefibzgga")), done());
        assert_eq!(lines(&requests), [format!("GET https://api.replicate.com/v1/{path}/zz4ibbonubfz7carwiefibzgga")]);
        let images = Output::Images(vec!["https://replicate.delivery/a.png".to_owned()]);
        assert_eq!(outcome, Ok(job(JobState::Succeeded(images))));
    }
}

#[test]
fn a_job_is_canceled_under_the_path_of_its_kind() {
    for (kind, path) in [(Kind::Training, "trainings"), (Kind::Generation, "predictions")] {
        let canceled = answer(200, &job_object("canceled", &Value::Null));
        let (requests, outcome) = play(replicate().cancel(kind, &known("zz4ibbonubfz7carwiefibzgga")), vec![canceled]);
        let line = format!("POST https://api.replicate.com/v1/{path}/zz4ibbonubfz7carwiefibzgga/cancel");
        assert_eq!(lines(&requests), [line]);
        assert_eq!(outcome, Ok(job(JobState::Canceled)));
    }
}

#[test]
fn an_id_that_replicate_never_gave_is_not_asked_for() {
    for id in ["", "../account", "a/b", "a?b", "a b", "\u{e9}", &"a".repeat(65)] {
        for exchange in
            [replicate().status(Kind::Training, &known(id)), replicate().cancel(Kind::Generation, &known(id))]
        {
            let (requests, outcome) = play(exchange, vec![]);
            assert!(requests.is_empty(), "{id:?}");
            assert_eq!(outcome, Err(Error::NotFound));
        }
    }
}

#[test]
fn weights_from_elsewhere_go_to_the_model_that_takes_any() {
    let weights = "https://us.example/weights/1.safetensors?mac=1";
    let job = GenerationJob { model: Model::Weights(weights.to_owned()), ..generation_job() };
    let created = answer(201, &job_object("starting", &Value::Null));
    let (requests, outcome) = play(replicate().start_generation(&job), vec![created]);
    assert!(outcome.is_ok());
    assert_eq!(
        lines(&requests),
        ["POST https://api.replicate.com/v1/models/black-forest-labs/flux-dev-lora/predictions"]
    );
    let sent = body(&requests[0]);
    assert_eq!((sent["input"]["lora_weights"].as_str(), sent.get("version")), (Some(weights), None));
    assert_eq!(sent["input"]["go_fast"], false);
}

#[test]
fn a_trained_version_is_deleted_by_its_name() {
    let name = format!("acme/likeness-characters:{VERSION}");
    let (requests, outcome) = play(replicate().delete_model(&name), vec![raw_answer(202, "")]);
    let url = format!("https://api.replicate.com/v1/models/acme/likeness-characters/versions/{VERSION}");
    assert_eq!((lines(&requests), outcome), (vec![format!("DELETE {url}")], Ok(())));
    let gone = answer(404, &json!({"detail": "Not found"}));
    assert_eq!(play(replicate().delete_model(&name), vec![gone]).1, Err(Error::NotFound));
    for other in ["", VERSION, "acme/likeness-characters:latest", "a/../b:c"] {
        assert_eq!(play(replicate().delete_model(other), vec![]).1, Err(Error::NotFound), "{other}");
    }
}

#[test]
fn a_run_goes_to_a_version_or_to_an_official_model() {
    let input = json!({"prompt": "x", "seed": u64::MAX}).as_object().unwrap().clone();
    let run = |model: &str| {
        let job = RunJob { model: model.to_owned(), input: input.clone(), callback_url: CALLBACK.to_owned() };
        play(replicate().start_run(&job), vec![answer(201, &job_object("starting", &Value::Null))])
    };
    let version = format!("acme/music:{VERSION}");
    let (requests, outcome) = run(&version);
    assert_eq!(outcome, Ok(job(JobState::Queued)));
    assert_eq!(lines(&requests), ["POST https://api.replicate.com/v1/predictions"]);
    let expected = json!({
        "version": version, "input": {"prompt": "x", "seed": u64::MAX}, "webhook": CALLBACK,
        "webhook_events_filter": ["completed"]
    });
    assert_eq!(body(&requests[0]), expected);
    let (requests, _) = run("acme/music");
    assert_eq!(lines(&requests), ["POST https://api.replicate.com/v1/models/acme/music/predictions"]);
    assert_eq!(body(&requests[0]).get("version"), None);
    for nobodys in ["", "music", "a/b/c", "../account", "a/b:latest"] {
        let job = RunJob { model: nobodys.to_owned(), input: input.clone(), callback_url: CALLBACK.to_owned() };
        assert_eq!(play(replicate().start_run(&job), vec![]).1, Err(Error::NotFound), "{nobodys}");
    }
}
