//! The simulator, our side, and the three providers between them.

use std::time::Duration;

use catalogue::{Trainer, Trainers, TrainingOptions};
use domain::{AspectRatio, Secret, Timestamp, TrainingRequest, TriggerWord};
use e2e::{API_TOKEN, COG_TOKEN, FAL_KEY, FAL_USER, Gpu, WEBHOOK_SECRET};
use gpu_sim::{Misbehaviour, Options};
use provider::{
    Cog, CogConfig, Conversation, Error, Fal, FalConfig, GenerationJob, Job, Model, Output, Provider, Replicate,
    ReplicateConfig, Step, TrainingJob, Transport,
};
use webhook::InvalidSignature;
use weights::Download;

use crate::here::{Callback, Here};

/// The names of the providers.
pub(crate) const ALL: [&str; 3] = ["replicate", "fal", "cog"];

pub(crate) struct Stage {
    pub(crate) gpu: Gpu,
    pub(crate) here: Here,
    client: reqwest::Client,
}

impl Stage {
    pub(crate) async fn set(misbehaviour: Vec<Misbehaviour>) -> Self {
        let here = Here::start().await;
        let gpu = Gpu::start(Options {
            training_time: Duration::from_millis(200),
            picture_time: Duration::from_millis(20),
            cog_upload_url: Some(here.file("uploads")),
            misbehaviour,
            ..Options::default()
        });
        Self { gpu: gpu.unwrap(), here, client: e2e::client().build().unwrap() }
    }

    /// A provider, at the simulator.
    pub(crate) fn provider(&self, name: &str) -> Box<dyn Provider> {
        self.provider_at(name, &self.gpu.url)
    }

    /// A provider at this address.
    pub(crate) fn provider_at(&self, name: &str, url: &str) -> Box<dyn Provider> {
        let url = url.to_owned();
        match name {
            "replicate" => Box::new(
                Replicate::new(ReplicateConfig {
                    base_url: url,
                    token: Secret::new(API_TOKEN),
                    webhook_secrets: vec![Secret::new(WEBHOOK_SECRET)],
                    output_host: self.gpu.url.clone(),
                    trainer: "ostris/flux-dev-lora-trainer".to_owned(),
                    model: "conformance".to_owned(),
                })
                .unwrap(),
            ),
            "fal" => Box::new(
                Fal::new(FalConfig {
                    queue_url: url.clone(),
                    key: Secret::new(FAL_KEY),
                    admin_key: Secret::new(Options::default().fal_admin_key),
                    api_url: url.clone(),
                    user_id: FAL_USER.to_owned(),
                    rest_url: url,
                    output_host: self.gpu.url.clone(),
                    trainer: "fal-ai/flux-lora-fast-training".to_owned(),
                    model: "fal-ai/flux-lora".to_owned(),
                })
                .unwrap(),
            ),
            _ => Box::new(
                Cog::new(
                    CogConfig { trainer_url: url.clone(), model_url: url, callback_token: Secret::new(COG_TOKEN) },
                    &self.here.file(""),
                )
                .unwrap(),
            ),
        }
    }

    /// A training by the first trainer of a provider, whose callbacks have this name.
    pub(crate) fn training(&self, provider: &str, name: &str, word: &str) -> TrainingJob {
        let all = Trainers::built_in().unwrap();
        let trainer = all.iter().find(|trainer| trainer.provider().as_str() == provider).unwrap();
        self.training_by(trainer, name, word)
    }

    /// A training by this trainer, whose callbacks have this name.
    pub(crate) fn training_by(&self, trainer: &Trainer, name: &str, word: &str) -> TrainingJob {
        let (word, photos) = (TriggerWord::parse(word).unwrap(), self.here.file("photos.zip"));
        let TrainingRequest { trainer, zip, mut input, .. } = trainer.request(&word, &TrainingOptions::default());
        input.insert(zip, photos.into());
        TrainingJob { trainer, input, callback_url: self.here.callback(name) }
    }

    /// A generation whose callbacks have this name.
    pub(crate) fn generation(&self, name: &str, model: Model, prompt: &str) -> GenerationJob {
        GenerationJob {
            model,
            prompt: prompt.to_owned(),
            aspect_ratio: AspectRatio::Square,
            num_outputs: 2,
            seed: None,
            lora_scale_percent: None,
            output_format: None,
            generator: None,
            callback_url: self.here.callback(name),
            cancel_after_seconds: None,
        }
    }

    /// Carries a conversation to its end.
    pub(crate) async fn converse<T>(&self, mut conversation: Conversation<T>) -> Result<T, Error> {
        let mut step = conversation.begin();
        loop {
            let request = match step {
                Step::Done(outcome) => return outcome,
                Step::Send(request) => request,
            };
            step = conversation.receive(self.send(request).await);
        }
    }

    async fn send(&self, request: provider::Request) -> Result<provider::Response, Transport> {
        let request = reqwest::Request::try_from(request).unwrap();
        let lost = |error: reqwest::Error| if error.is_connect() { Transport::NotSent } else { Transport::Lost };
        let answer = self.client.execute(request).await.map_err(lost)?;
        let mut response = http::Response::builder().status(answer.status());
        *response.headers_mut().unwrap() = answer.headers().clone();
        let body = answer.bytes().await.map_err(lost)?;
        Ok(response.body(body.to_vec()).unwrap())
    }

    /// Whether a provider sent this, and what it says then.
    pub(crate) async fn believe(&self, provider: &dyn Provider, callback: &Callback) -> Result<Job, InvalidSignature> {
        let keys = match provider.callback_keys() {
            Some(request) => self.send(request).await.unwrap().into_body(),
            None => Vec::new(),
        };
        let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        provider.verify_callback(&callback.0, &callback.1, &keys, now)?;
        Ok(provider.parse_callback(&callback.1).unwrap())
    }

    /// Waits for the first callback of this name that is believed and says that the job is over.
    pub(crate) async fn end(&self, provider: &dyn Provider, name: &str) -> Job {
        for _ in 0..1_500 {
            for callback in self.here.heard(name) {
                if let Ok(job) = self.believe(provider, &callback).await
                    && (job.state.is_final() || job.state == provider::JobState::Finished)
                {
                    return job;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} never ended")
    }

    /// Trains a model and returns what it is called, and our own copy of its weights.
    pub(crate) async fn train(&self, name: &str) -> (String, String) {
        let provider = self.provider(name);
        let callback = format!("trained-{name}");
        let begun = self.converse(provider.start_training(&self.training(name, &callback, "SARAH"))).await.unwrap();
        let job = self.end(&*provider, &callback).await;
        assert_eq!(job.id, begun.id, "{name}");
        let provider::JobState::Succeeded(output) = job.state else { panic!("{name}: {:?}", job.state) };
        let Output::Model { name: model, weights } = provider.trained(output.clone()) else {
            panic!("{name}: {output:?}")
        };
        let weights = weights.unwrap();
        assert!(provider.output_allowed(&weights), "{name}: {weights}");
        let sent = e2e::get(&weights).await.unwrap().bytes().await.unwrap();
        let mut download = Download::new(Some(sent.len() as u64));
        let mut copy = Vec::new();
        for piece in sent.chunks(10_000) {
            download.push(piece).unwrap();
            while let Some(bytes) = download.take() {
                copy.extend_from_slice(&bytes);
            }
        }
        download.finish().unwrap();
        let file = format!("{name}.safetensors");
        self.here.put(&file, copy.into());
        (model, self.here.file(&file))
    }
}
