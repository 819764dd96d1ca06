//! fal.ai: its queue API, its Ed25519 callbacks, its file hosts.
//!
//! A trained model is the URL of a `.safetensors` file; a generation names it. fal keeps no list of jobs: a submission whose answer was lost
//! is heard of by its callback, or never.

mod account;
mod answer;
mod api;
mod config;
mod status;
mod wire;

pub(crate) use account::CONFIGURED;
pub(crate) use config::{CALLBACK_SETTINGS, SETTINGS, TRAINER_SETTINGS};
pub use config::{Config, Misconfigured};

use std::time::Duration;

use domain::{AspectRatio, Format, Timestamp};
use http::{HeaderMap, HeaderName, Method};
use serde::Serialize;
use webhook::InvalidSignature;
use webhook::fal::{Keys, verify};

use crate::endpoint::Endpoint;
use crate::exchange::NotOffered;
use crate::file_host::FileHost;
use crate::{
    Conversation, Error, GenerationJob, Job, JobRef, JobsKept, Kind, Model, Provider, Request, RunJob, Sought,
    TrainingJob,
};
use api::{Api, App, Deletions};
use status::{Ask, Deletion, Status};

/// How long fal keeps what a training made, in seconds: until the sweep has copied it, however seldom that comes.
const TRAINED_KEPT_SECONDS: u32 = 30 * 24 * 60 * 60;
/// The same, for whoever names a trained model.
pub(crate) const MODELS_KEPT: Duration = Duration::from_secs(TRAINED_KEPT_SECONDS as u64);
/// How long fal keeps what any other job made, in seconds: it is copied as soon as it is told of, and that may be told late.
const MADE_KEPT_SECONDS: u32 = 24 * 60 * 60;
/// How long the files of a job are kept, as fal is told with each.
pub(crate) const JOBS_KEPT: JobsKept = JobsKept {
    who: "fal (fal.ai)",
    training: MODELS_KEPT,
    other: Duration::from_secs(MADE_KEPT_SECONDS as u64),
    removed: "Files, and what the job was asked, are removed there with the character or the task where the operator's key allows it. Where not, the files expire, and what was asked stays as long as fal keeps requests.",
};

/// By when fal has to begin a request, in seconds after the submission.
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("x-fal-request-timeout");

/// An account at fal, or at what speaks like it.
#[derive(Debug, Clone)]
pub struct Fal {
    api: Api,
    deletions: Option<Deletions>,
    rest: Endpoint,
    user_id: String,
    output_host: FileHost,
    model: App,
}

impl Fal {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new(config: Config) -> Result<Self, Misconfigured> {
        Ok(Self {
            api: Api::new(&config.queue_url, &config.key)?,
            deletions: Deletions::new(&config.api_url, &config.admin_key)?,
            rest: Endpoint::parse(&config.rest_url).ok_or(Misconfigured::RestUrl)?,
            user_id: config.user_id,
            output_host: FileHost::parse(&config.output_host).ok_or(Misconfigured::OutputHost)?,
            model: App::parse(&config.model).ok_or(Misconfigured::App)?,
        })
    }

    /// What does jobs of this kind, where that is always the same.
    const fn app(&self, kind: Kind) -> Option<&App> {
        match kind {
            Kind::Generation => Some(&self.model),
            Kind::Training | Kind::Run => None,
        }
    }
}

impl Provider for Fal {
    fn start_training(&self, job: &TrainingJob) -> Conversation<Job> {
        let app = App::parse(&job.trainer).ok_or(Error::NotFound);
        let request = app.and_then(|app| self.api.submit(&app, &job.callback_url, TRAINED_KEPT_SECONDS, &job.input));
        Box::new(Ask::submission(&self.api, request))
    }

    fn start_generation(&self, job: &GenerationJob) -> Conversation<Job> {
        let own = job.generator.as_ref().map(|generator| App::parse(&generator.model).ok_or(Error::NotFound));
        let app = own.unwrap_or_else(|| Ok(self.model.clone()));
        let request =
            app.and_then(|app| self.api.submit(&app, &job.callback_url, MADE_KEPT_SECONDS, &Generation::new(job)));
        let request = request.map(|mut request| {
            if let Some(seconds) = job.cancel_after_seconds {
                request.headers_mut().insert(REQUEST_TIMEOUT, seconds.into());
            }
            request
        });
        Box::new(Ask::submission(&self.api, request))
    }

    fn ignored(&self, job: &GenerationJob) -> Vec<&'static str> {
        let made = job.output_format.is_none_or(|format| formats(job).contains(&format));
        if made { Vec::new() } else { vec!["output_format"] }
    }

    fn start_run(&self, job: &RunJob) -> Conversation<Job> {
        let app = App::parse(&job.model).ok_or(Error::NotFound);
        let request = app.and_then(|app| self.api.submit(&app, &job.callback_url, MADE_KEPT_SECONDS, &job.input));
        Box::new(Ask::submission(&self.api, request))
    }

    fn status(&self, kind: Kind, job: &JobRef) -> Conversation<Job> {
        Box::new(Status::new(self.api.clone(), self.app(kind), job))
    }

    fn cancel(&self, kind: Kind, job: &JobRef) -> Conversation<Job> {
        Box::new(Ask::cancellation(&self.api, self.app(kind), job))
    }

    fn find(&self, _: &Sought) -> Conversation<Option<Job>> {
        Box::new(NotOffered::new())
    }

    fn delete_model(&self, _name: &str) -> Conversation<()> {
        // It is a file of the training, and goes with that.
        Box::new(NotOffered::new())
    }

    fn delete_job(&self, job: &JobRef) -> Conversation<()> {
        match &self.deletions {
            Some(deletions) => Box::new(Deletion::new(deletions.request(job))),
            None => Box::new(NotOffered::new()),
        }
    }

    fn jobs_kept(&self, kind: Kind) -> Option<Duration> {
        Some(if kind == Kind::Training { JOBS_KEPT.training } else { JOBS_KEPT.other })
    }

    fn callback_keys(&self) -> Option<Request> {
        let url = self.rest.url([".well-known", "jwks.json"]).ok()?;
        self.rest.request(Method::GET, &url).ok()
    }

    fn has_callback_keys(&self, answer: &[u8]) -> bool {
        !Keys::parse(answer).is_empty()
    }

    fn verify_callback(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        keys: &[u8],
        now: Timestamp,
    ) -> Result<(), InvalidSignature> {
        let verified = verify(&Keys::parse(keys), &self.user_id, headers, body, now.as_seconds())?;
        let named = wire::parse_callback(body).is_ok_and(|job| job.id == verified.request_id);
        if named { Ok(()) } else { Err(InvalidSignature::OtherRequest) }
    }

    fn parse_callback(&self, body: &[u8]) -> Result<Job, Error> {
        wire::parse_callback(body)
    }

    fn output_allowed(&self, url: &str) -> bool {
        self.output_host.serves(self.api.endpoint(), url)
    }
}

/// What starts a generation.
#[derive(Serialize)]
struct Generation<'a> {
    prompt: &'a str,
    loras: [Lora<'a>; 1],
    image_size: Size,
    num_images: u8,
    output_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    enable_safety_checker: bool,
}

#[derive(Serialize)]
struct Lora<'a> {
    path: &'a str,
    scale: f64,
}

/// In pixels. fal's named sizes lack two of our ratios.
#[derive(Serialize)]
struct Size {
    width: u32,
    height: u32,
}

impl<'a> Generation<'a> {
    fn new(job: &'a GenerationJob) -> Self {
        let (width, height) = size(job.aspect_ratio);
        let (Model::Own(path) | Model::Weights(path)) = &job.model;
        Self {
            prompt: &job.prompt,
            loras: [Lora { path, scale: job.lora_scale().unwrap_or(1.0) }],
            image_size: Size { width, height },
            num_images: job.num_outputs,
            output_format: format(job),
            seed: job.seed,
            enable_safety_checker: true,
        }
    }
}

/// The formats of FLUX.1's model.
const FORMATS: &[Format] = &[Format::Jpeg, Format::Png];

/// The formats that a generation can be had in.
fn formats(job: &GenerationJob) -> &[Format] {
    job.generator.as_ref().map_or(FORMATS, |generator| &generator.formats)
}

/// The format that was asked for, if that can be had, and PNG otherwise.
fn format(job: &GenerationJob) -> &'static str {
    match job.output_format.filter(|format| formats(job).contains(format)) {
        Some(Format::Jpeg) => "jpeg",
        Some(Format::Webp) => "webp",
        Some(Format::Png) | None => "png",
    }
}

/// The size that Replicate gives a ratio, so that pictures are the same wherever they are made.
const fn size(ratio: AspectRatio) -> (u32, u32) {
    match ratio {
        AspectRatio::Square => (1024, 1024),
        AspectRatio::Landscape16x9 => (1344, 768),
        AspectRatio::Portrait9x16 => (768, 1344),
        AspectRatio::Landscape4x3 => (1152, 896),
        AspectRatio::Portrait3x4 => (896, 1152),
        AspectRatio::Landscape3x2 => (1216, 832),
        AspectRatio::Portrait2x3 => (832, 1216),
    }
}

#[cfg(test)]
mod tests;
