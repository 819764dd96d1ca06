//! Replicate's documented objects and statuses, played as conversations.

mod answers;
mod callbacks;
mod find;
mod generation;
mod outputs;
mod training;

use domain::Secret;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Answer, answer, body, known, lines, play, raw_answer};
use crate::{Request, Transport};

const VERSION: &str = "26dce37af90b9d997eeb970d92e47de3064d46c300504ae376c75bef6a9022d2";
const CALLBACK: &str = "https://us.example/api/v1/webhooks/replicate?task=task_1&mac=00ff";

fn config() -> Config {
    Config {
        base_url: "https://api.replicate.com".to_owned(),
        token: Secret::new("r8_sesame"),
        webhook_secrets: vec![Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")],
        output_host: "https://*.replicate.delivery".to_owned(),
        trainer: "ostris/flux-dev-lora-trainer".to_owned(),
        model: "likeness-characters".to_owned(),
    }
}

fn replicate() -> Replicate {
    Replicate::new(config()).unwrap()
}

fn training_job() -> TrainingJob {
    crate::testing::training_job("ostris/flux-dev-lora-trainer", CALLBACK)
}

fn generation_job() -> GenerationJob {
    GenerationJob {
        model: Model::Own(format!("acme/likeness-characters:{VERSION}")),
        prompt: "CHAR1N2K3M4 in a modern office".to_owned(),
        aspect_ratio: domain::AspectRatio::Portrait3x4,
        num_outputs: 2,
        seed: None,
        lora_scale_percent: None,
        output_format: None,
        generator: None,
        callback_url: CALLBACK.to_owned(),
        cancel_after_seconds: None,
    }
}

/// A job as Replicate shows one in full.
fn job_object(status: &str, output: &Value) -> Value {
    json!({
        "id": "zz4ibbonubfz7carwiefibzgga", "model": "acme/likeness-characters", "version": VERSION,
        "input": {"prompt": "CHAR1N2K3M4", "seed": 18_446_744_073_709_551_615_u64},
        "logs": "", "error": null, "status": status, "output": output, "data_removed": false, "source": "api",
        "created_at": "2026-03-01T12:00:00.224088Z", "started_at": null, "completed_at": null, "metrics": {},
        "webhook": CALLBACK, "webhook_events_filter": ["completed"],
        "urls": {"get": "https://api.replicate.com/v1/predictions/zz4ibbonubfz7carwiefibzgga"}
    })
}

fn job(state: crate::JobState) -> Job {
    Job {
        location: None,
        id: "zz4ibbonubfz7carwiefibzgga".to_owned(),
        state,
        callback_url: Some(CALLBACK.to_owned()),
        progress_percent: None,
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let refused = |change: fn(&mut Config)| {
        let mut config = config();
        change(&mut config);
        Replicate::new(config).unwrap_err()
    };
    for base_url in ["", "api.replicate.com", "ftp://x", "https://", "https://u:p@x", "https://x?y", "https://x#y"] {
        let config = Config { base_url: base_url.to_owned(), ..config() };
        assert_eq!(Replicate::new(config).unwrap_err(), Misconfigured::BaseUrl, "{base_url:?}");
    }
    assert_eq!(refused(|config| config.token = Secret::new("")), Misconfigured::Token);
    assert_eq!(refused(|config| config.token = Secret::new("r8\n")), Misconfigured::Token);
    assert_eq!(refused(|config| config.output_host = "*".to_owned()), Misconfigured::OutputHost);
    assert_eq!(refused(|config| config.trainer = "flux".to_owned()), Misconfigured::Trainer);
    assert_eq!(refused(|config| config.model = "acme/model".to_owned()), Misconfigured::Model);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?}", config(), replicate());
    assert!(!shown.contains("sesame") && !shown.contains("C2FVsBQ"), "{shown}");
}
