//! Replicate: its HTTP API, its Standard Webhooks callbacks, its delivery hosts.
//!
//! Trainings and predictions are one kind of object under two paths. A trained model is a version of one private
//! destination model, which is made when it is missing.

mod account;
mod answer;
mod api;
mod config;
mod find;
mod single;
mod train;
mod wire;

pub(crate) use account::CONFIGURED;
pub(crate) use config::{CALLBACK_SETTINGS, SETTINGS, TRAINER_SETTINGS};
pub use config::{Config, Misconfigured};

use std::time::Duration;

use domain::{Format, Secret, Timestamp};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};
use webhook::{InvalidSignature, standard};

use crate::file_host::FileHost;
use crate::job::is_plain_id;
use crate::{
    Conversation, Error, GenerationJob, Job, JobRef, JobsKept, Kind, Model, Provider, Request, RunJob, Sought,
    TrainingJob,
};
use api::{Api, path};
use config::{Name, Trainer};
use find::Find;
use single::Single;
use train::StartTraining;

/// How long a trained version is kept: until somebody deletes it.
pub(crate) const MODELS_KEPT: Duration = Duration::MAX;
/// How long what a job was given and made is kept: Replicate removes both.
pub(crate) const JOBS_KEPT: JobsKept = JobsKept {
    who: "Replicate (replicate.com)",
    training: INPUTS_KEPT,
    other: INPUTS_KEPT,
    removed: "A trained model is deleted there with its character.",
};
/// After this long Replicate removes inputs, outputs and logs of what was asked through its API
/// (<https://replicate.com/docs/topics/predictions/data-retention>).
const INPUTS_KEPT: Duration = Duration::from_hours(1);
/// The shortest deadline that may be asked for, in seconds.
const CANCEL_AFTER_SECONDS_MIN: u32 = 5;

/// The strongest that a trained version takes: those of some trainers refuse more.
const LORA_SCALE_MAX: f64 = 2.0;

/// The model that makes pictures with weights from anywhere; official, so it is named without a version.
const ANY_WEIGHTS: [&str; 2] = ["black-forest-labs", "flux-dev-lora"];

/// An account at Replicate, or at what speaks like it.
#[derive(Debug, Clone)]
pub struct Replicate {
    api: Api,
    webhook_secrets: Vec<Secret>,
    output_host: FileHost,
    model: Name,
}

impl Replicate {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new(config: Config) -> Result<Self, Misconfigured> {
        if !config.trainer.is_empty() {
            Trainer::parse(&config.trainer)?;
        }
        Ok(Self {
            api: Api::new(&config.base_url, &config.token)?,
            webhook_secrets: config.webhook_secrets,
            output_host: FileHost::parse(&config.output_host).ok_or(Misconfigured::OutputHost)?,
            model: Name::parse(&config.model).ok_or(Misconfigured::Model)?,
        })
    }
}

impl Provider for Replicate {
    fn start_training(&self, job: &TrainingJob) -> Conversation<Job> {
        match Trainer::parse(&job.trainer) {
            Ok(trainer) => Box::new(StartTraining::new(self.api.clone(), trainer, self.model.clone(), job.clone())),
            Err(_) => Box::new(Single::submission(Err(Error::NotFound), wire::parse_job)),
        }
    }

    fn start_generation(&self, job: &GenerationJob) -> Conversation<Job> {
        let request = match &job.model {
            Model::Own(version) => self.api.post(&["predictions"], &Prediction::new(job, Some(version), None)),
            Model::Weights(url) => {
                let [owner, name] = ANY_WEIGHTS;
                self.api.post(&["models", owner, name, "predictions"], &Prediction::new(job, None, Some(url)))
            }
        };
        let request = request.map(|mut request| {
            if let Some(seconds) = job.cancel_after_seconds {
                let seconds = u64::from(seconds.max(CANCEL_AFTER_SECONDS_MIN));
                request.headers_mut().insert("cancel-after", seconds.into());
            }
            request
        });
        Box::new(Single::submission(request, wire::parse_job))
    }

    fn ignored(&self, job: &GenerationJob) -> Vec<&'static str> {
        if job.lora_scale() > Some(LORA_SCALE_MAX) { vec!["lora_scale"] } else { Vec::new() }
    }

    fn start_run(&self, job: &RunJob) -> Conversation<Job> {
        let run = |version| Run {
            version,
            input: &job.input,
            webhook: &job.callback_url,
            webhook_events_filter: ["completed"],
        };
        // What has no version is official: only those are run by their name.
        let request = if wire::is_model(&job.model) {
            self.api.post(&["predictions"], &run(Some(&job.model)))
        } else {
            match job.model.split_once('/').map(|(owner, name)| (Name::parse(owner), Name::parse(name))) {
                Some((Some(owner), Some(name))) => {
                    self.api.post(&["models", owner.as_str(), name.as_str(), "predictions"], &run(None))
                }
                _ => Err(Error::NotFound),
            }
        };
        Box::new(Single::submission(request, wire::parse_job))
    }

    fn status(&self, kind: Kind, job: &JobRef) -> Conversation<Job> {
        Box::new(Single::question(job_segment(&job.id).and_then(|id| self.api.get(&[path(kind), id])), wire::parse_job))
    }

    fn cancel(&self, kind: Kind, job: &JobRef) -> Conversation<Job> {
        // Asked twice it does what it does once, so an answer that is lost makes nothing ambiguous.
        let request = job_segment(&job.id).and_then(|id| self.api.post_empty(&[path(kind), id, "cancel"]));
        Box::new(Single::question(request, wire::parse_job))
    }

    fn find(&self, sought: &Sought) -> Conversation<Option<Job>> {
        Box::new(Find::new(self.api.clone(), sought.clone()))
    }

    fn delete_model(&self, name: &str) -> Conversation<()> {
        let segments = name.split_once(':').and_then(|(model, version)| Some((model.split_once('/')?, version)));
        let request = match segments {
            Some(((owner, name), version)) if wire::is_model(&format!("{owner}/{name}:{version}")) => {
                self.api.delete(&["models", owner, name, "versions", version])
            }
            _ => Err(Error::NotFound),
        };
        Box::new(Single::question(request, |_| Ok(())))
    }

    fn callback_keys(&self) -> Option<Request> {
        None
    }

    fn verify_callback(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        _keys: &[u8],
        now: Timestamp,
    ) -> Result<(), InvalidSignature> {
        standard::verify(&self.webhook_secrets, headers, body, now.as_seconds()).map(|_| ())
    }

    fn parse_callback(&self, body: &[u8]) -> Result<Job, Error> {
        wire::parse_job(body)
    }

    fn output_allowed(&self, url: &str) -> bool {
        self.output_host.serves(self.api.endpoint(), url)
    }
}

/// A stored job id as a part of a path; one that Replicate cannot have given is of no job.
fn job_segment(job_id: &str) -> Result<&str, Error> {
    if is_plain_id(job_id) { Ok(job_id) } else { Err(Error::NotFound) }
}

/// What starts a run.
#[derive(Serialize)]
struct Run<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    input: &'a Map<String, Value>,
    webhook: &'a str,
    webhook_events_filter: [&'static str; 1],
}

/// What starts a generation.
#[derive(Serialize)]
struct Prediction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    input: PredictionInput<'a>,
    webhook: &'a str,
    webhook_events_filter: [&'static str; 1],
}

/// The inputs that all trained FLUX versions have; what is not named keeps the version's own default.
#[derive(Serialize)]
struct PredictionInput<'a> {
    prompt: &'a str,
    aspect_ratio: &'static str,
    num_outputs: u8,
    output_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lora_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lora_weights: Option<&'a str>,
    /// Off, as trained versions have it; in the model that takes any weights it is on unless told otherwise, and the same seed makes other
    /// pictures then.
    #[serde(skip_serializing_if = "Option::is_none")]
    go_fast: Option<bool>,
}

impl<'a> Prediction<'a> {
    fn new(job: &'a GenerationJob, version: Option<&'a str>, lora_weights: Option<&'a str>) -> Self {
        Self {
            version,
            input: PredictionInput {
                prompt: &job.prompt,
                aspect_ratio: job.aspect_ratio.as_str(),
                num_outputs: job.num_outputs,
                output_format: job.output_format.unwrap_or(Format::Png).extension(),
                seed: job.seed,
                lora_scale: job.lora_scale().map(|scale| scale.min(LORA_SCALE_MAX)),
                lora_weights,
                go_fast: lora_weights.map(|_| false),
            },
            webhook: &job.callback_url,
            webhook_events_filter: ["completed"],
        }
    }
}

#[cfg(test)]
mod tests;
