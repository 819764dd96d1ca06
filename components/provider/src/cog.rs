//! Cog: a container of one's own, one to train and one to make pictures.
//!
//! It can be told to start and to stop, and tells by callbacks how a job is; it cannot be asked, and forgets everything when it ends.
//! So a job that is not heard of is over at its deadline. A job's id is ours and follows from its callback URL: while the job runs, the
//! same submission again does nothing, so one whose answer was lost is sent once more.

mod account;
mod config;
mod submit;
mod train;

pub(crate) use account::CONFIGURED;
pub(crate) use config::{CALLBACK_SETTINGS, SETTINGS, TRAINER_SETTINGS};
pub use config::{Config, Misconfigured};

use std::time::Duration;

use domain::{Digest, Format, Secret, Timestamp};
use http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;
use url::Url;
use webhook::{InvalidSignature, bearer};

use crate::endpoint::Endpoint;
use crate::exchange::NotOffered;
use crate::job::is_plain_id;
use crate::prediction::{self, text_at};
use crate::{
    Conversation, Error, GenerationJob, Job, JobRef, JobsKept, Kind, Model, Output, Provider, Request, RunJob, Sought,
    TrainingJob,
};
use submit::{Cancel, Submit};
use train::Train;

/// How long a container keeps what it trained: not at all. It is a file that we keep, for a day.
pub(crate) const MODELS_KEPT: Duration = Duration::ZERO;
/// How long it keeps what a job was given and made: likewise.
pub(crate) const JOBS_KEPT: JobsKept = JobsKept {
    who: "Containers of the operator's own (Cog)",
    training: Duration::ZERO,
    other: Duration::ZERO,
    removed: "What they make is kept here, as an upload, until it is copied.",
};
/// The letters of a job's id, as many as Cog's own have.
const ID_CHARS: usize = 26;

/// Two containers, or one that does both.
#[derive(Debug, Clone)]
pub struct Cog {
    trainer: Endpoint,
    model: Endpoint,
    files: Url,
    callback_token: Secret,
}

impl Cog {
    const fn endpoint(&self, kind: Kind) -> &Endpoint {
        match kind {
            Kind::Training => &self.trainer,
            Kind::Generation | Kind::Run => &self.model,
        }
    }

    fn submission<T: Serialize>(&self, kind: Kind, callback_url: &str, input: T) -> Submit {
        let id = id(callback_url);
        let events = ["start", "completed"];
        let body = Submission { id: &id, input, webhook: callback_url, webhook_events_filter: events };
        let endpoint = self.endpoint(kind);
        let url = endpoint.url([path(kind), &id]);
        let request = url.and_then(|url| endpoint.send(Method::PUT, &url, &body));
        Submit::new(id, request)
    }
}

impl Provider for Cog {
    fn start_training(&self, job: &TrainingJob) -> Conversation<Job> {
        let ask = |path| self.trainer.url([path]).and_then(|url| self.trainer.request(Method::GET, &url));
        let submission = self.submission(Kind::Training, &job.callback_url, &job.input);
        Box::new(Train::new(ask("openapi.json"), ask("health-check"), submission))
    }

    fn start_generation(&self, job: &GenerationJob) -> Conversation<Job> {
        let (Model::Own(weights) | Model::Weights(weights)) = &job.model;
        let input = Generation {
            prompt: &job.prompt,
            lora_weights: weights,
            aspect_ratio: job.aspect_ratio.as_str(),
            num_outputs: job.num_outputs,
            output_format: job.output_format.unwrap_or(Format::Webp).extension(),
            seed: job.seed,
            lora_scale: job.lora_scale(),
            go_fast: false,
        };
        Box::new(self.submission(Kind::Generation, &job.callback_url, input))
    }

    fn start_run(&self, job: &RunJob) -> Conversation<Job> {
        Box::new(self.submission(Kind::Run, &job.callback_url, &job.input))
    }

    fn status(&self, _kind: Kind, _job: &JobRef) -> Conversation<Job> {
        Box::new(NotOffered::new())
    }

    fn cancel(&self, kind: Kind, job: &JobRef) -> Conversation<Job> {
        let endpoint = self.endpoint(kind);
        let id = if is_plain_id(&job.id) { Ok(job.id.as_str()) } else { Err(Error::NotFound) };
        let url = id.and_then(|id| endpoint.url([path(kind), id, "cancel"]));
        Box::new(Cancel::new(job.id.clone(), url.and_then(|url| endpoint.request(Method::POST, &url))))
    }

    fn find(&self, _: &Sought) -> Conversation<Option<Job>> {
        Box::new(NotOffered::new())
    }

    fn delete_model(&self, _name: &str) -> Conversation<()> {
        // It keeps nothing.
        Box::new(NotOffered::new())
    }

    fn callback_keys(&self) -> Option<Request> {
        None
    }

    fn verify_callback(&self, headers: &HeaderMap, _: &[u8], _: &[u8], _: Timestamp) -> Result<(), InvalidSignature> {
        bearer::verify(&self.callback_token, headers)
    }

    fn trained(&self, output: Output) -> Output {
        match output {
            // A trainer that returns a bare path.
            Output::Images(files) => files.first().filter(|_| files.len() == 1).and_then(|file| uploaded(file)),
            other => return other,
        }
        .unwrap_or(Output::Gone)
    }

    fn needs_our_copy(&self) -> bool {
        // The model's container takes no tar of ours, and what was uploaded is gone in a day.
        true
    }

    fn parse_callback(&self, body: &[u8]) -> Result<Job, Error> {
        prediction::parse_job(body, model)
    }

    fn output_allowed(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let uploaded = url.origin() == self.files.origin() && url.path().starts_with(self.files.path());
        url.scheme() == "data" || (uploaded && address::is_anonymous(&url))
    }
}

/// The id of the job that reports there.
fn id(callback_url: &str) -> String {
    Digest::of_lines([callback_url]).as_str().chars().take(ID_CHARS).collect()
}

const fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Training => "trainings",
        Kind::Generation | Kind::Run => "predictions",
    }
}

/// Reads an object that a training made: its weights, which a container up to Cog 0.16 uploaded to us.
fn model(output: &Value) -> Option<Output> {
    uploaded(text_at(output, "weights")?)
}

/// The model whose weights were uploaded here. Weights within the callback are none: they would be too large to be kept as its name.
fn uploaded(weights: &str) -> Option<Output> {
    let is_here = !weights.starts_with("data:");
    is_here.then(|| Output::Model { name: weights.to_owned(), weights: Some(weights.to_owned()) })
}

/// What starts a job.
#[derive(Serialize)]
struct Submission<'a, T> {
    id: &'a str,
    input: T,
    webhook: &'a str,
    webhook_events_filter: [&'static str; 2],
}

/// The inputs of cog-flux's `flux-dev-lora`.
#[derive(Serialize)]
struct Generation<'a> {
    prompt: &'a str,
    lora_weights: &'a str,
    aspect_ratio: &'static str,
    num_outputs: u8,
    output_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lora_scale: Option<f64>,
    /// On unless told otherwise: less exact numbers, another strength of the weights, other pictures from the same seed.
    go_fast: bool,
}

#[cfg(test)]
mod tests;
