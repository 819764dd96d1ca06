//! What an operator configures.

use domain::Secret;

/// The configuration of [`Fal`](super::Fal), as an operator writes it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the queue is: `https://queue.fal.run`.
    pub queue_url: String,
    /// The API key, `id:secret`.
    pub key: Secret,
    /// The account's user id, which its callbacks carry: fal signs all customers' with the same keys.
    pub user_id: String,
    /// Where its keys are published: `https://rest.fal.ai`.
    pub rest_url: String,
    /// The trainer, such as `fal-ai/flux-lora-fast-training`.
    pub trainer: String,
    /// What makes pictures with a trained model, such as `fal-ai/flux-lora`.
    pub model: String,
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The queue's URL.
    #[error("fal's queue URL must be http(s)://host[:port]")]
    QueueUrl,
    /// The URL of the keys.
    #[error("fal's REST URL must be http(s)://host[:port]")]
    RestUrl,
    /// The key.
    #[error("fal's key is missing or not printable ASCII")]
    Key,
    /// The trainer or the model.
    #[error("fal's trainer and model must be owner/name[/path]")]
    App,
}
