//! What has to be known of an account at fal.

use domain::setting::Values;
use domain::{Secret, Setting};

const KEY: Setting =
    Setting::new("fal_key", "", "API key of the fal account that pays for the GPU, `id:secret`").secret();
const USER_ID: Setting = Setting::new(
    "fal_user_id",
    "",
    "the account's user id: fal signs everybody's callbacks with the same keys, and only those that name it are believed",
);
const ADMIN_KEY: Setting = Setting::new(
    "fal_admin_key",
    "",
    "a key of the scope ADMIN, `id:secret`: with it a deletion removes what fal keeps of a job; without, that expires by itself",
)
.secret();
const API_URL: Setting =
    Setting::new("fal_api_url", "https://api.fal.ai", "scheme, host and port of where requests are deleted");
const QUEUE_URL: Setting = Setting::new("fal_queue_url", "https://queue.fal.run", "scheme, host and port of the queue");
const REST_URL: Setting = Setting::new(
    "fal_rest_url",
    "https://rest.fal.ai",
    "scheme, host and port of where the keys are that callbacks are signed with",
);
const OUTPUT_HOST: Setting = Setting::new(
    "fal_output_host",
    "https://*.fal.media",
    "where pictures and weights are fetched from, beside the queue itself; `*.` stands for all hosts below, and for the host itself",
);
const TRAINER: Setting = Setting::new(
    "fal_trainer",
    "",
    "which of the known trainers trains on its base, `owner/name`; the first in the catalogue unless told",
);
const MODEL: Setting =
    Setting::new("fal_model", "fal-ai/flux-lora", "what makes pictures of characters trained on FLUX.1, `owner/name`");

/// What it takes to ask it.
pub(crate) const SETTINGS: &[Setting] =
    &[KEY, ADMIN_KEY, USER_ID, QUEUE_URL, REST_URL, API_URL, OUTPUT_HOST, TRAINER, MODEL];
/// What it takes besides to believe its callbacks: nothing.
pub(crate) const CALLBACK_SETTINGS: &[Setting] = &[];
/// Which trainer is preferred.
pub(crate) const TRAINER_SETTINGS: &[Setting] = &[TRAINER];

/// The configuration of [`Fal`](super::Fal), as an operator writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the queue is: `https://queue.fal.run`.
    pub queue_url: String,
    /// The API key, `id:secret`.
    pub key: Secret,
    /// The key that deletes, `id:secret`; empty where there is none.
    pub admin_key: Secret,
    /// Where it deletes: `https://api.fal.ai`.
    pub api_url: String,
    /// The account's user id, which its callbacks carry: fal signs all customers' with the same keys.
    pub user_id: String,
    /// Where its keys are published: `https://rest.fal.ai`.
    pub rest_url: String,
    /// Where its files are: `https://*.fal.media`.
    pub output_host: String,
    /// The trainer that is preferred, such as `fal-ai/flux-lora-portrait-trainer`, or nothing.
    pub trainer: String,
    /// What makes pictures with a trained model, such as `fal-ai/flux-lora`.
    pub model: String,
}

impl Config {
    /// The trainer that is preferred, or nothing.
    pub(crate) fn trainer(&self) -> &str {
        &self.trainer
    }

    /// Reads it from the variables.
    pub fn read(values: Values<'_>) -> Self {
        Self {
            queue_url: values.base(&QUEUE_URL),
            key: values.secret(&KEY),
            admin_key: values.secret(&ADMIN_KEY),
            api_url: values.base(&API_URL),
            user_id: values.text(&USER_ID),
            rest_url: values.base(&REST_URL),
            output_host: values.base(&OUTPUT_HOST),
            trainer: values.text(&TRAINER),
            model: values.text(&MODEL),
        }
    }
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The queue's URL.
    #[error("{} has to be http(s)://host[:port]", QUEUE_URL.name)]
    QueueUrl,
    /// The URL of the keys.
    #[error("{} has to be http(s)://host[:port]", REST_URL.name)]
    RestUrl,
    /// Where requests are deleted.
    #[error("{} has to be http(s)://host[:port]", API_URL.name)]
    ApiUrl,
    /// The key that deletes.
    #[error("{} is not printable ASCII", ADMIN_KEY.name)]
    AdminKey,
    /// The key.
    #[error("{} is missing or not printable ASCII", KEY.name)]
    Key,
    /// Where files are.
    #[error("{} has to be http(s)://host[:port] or https://*.host", OUTPUT_HOST.name)]
    OutputHost,
    /// The model.
    #[error("{} has to be owner/name[/path]", MODEL.name)]
    App,
}
