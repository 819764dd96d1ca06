//! The provider: which one, and conversations with it.

use std::time::Duration;

use domain::{Secret, Task, Work};
use provider::{Conversation, Job, Kind, Provider, Replicate, ReplicateConfig, Step, Transport};

use crate::fetch::fetch;
use crate::{Config, Error, Ports};

/// The provider's name in its webhook's route and in tasks.
pub(crate) const REPLICATE: &str = "replicate";

/// Longest time for one answer of the provider.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(15);
/// Largest answer of the provider, in bytes: a page of a hundred jobs with their logs.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a conversation came to nothing.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What is known of it.
    pub(crate) error: provider::Error,
    /// Whether the last request was answered, so that nothing of it is still under way.
    pub(crate) answered: bool,
}

/// The configured provider.
///
/// # Errors
/// [`crate::Code::InternalError`]; the log says which variable is wrong.
pub(crate) fn configured(config: &Config) -> Result<Replicate, Error> {
    let settings = &config.replicate;
    Replicate::new(ReplicateConfig {
        base_url: settings.base_url.clone(),
        token: settings.api_token.clone(),
        webhook_secrets: settings.webhook_secret.expose().split_whitespace().map(Secret::new).collect(),
        trainer: settings.trainer.clone(),
        model: settings.model.clone(),
    })
    .map_err(Error::internal)
}

/// What kind of job a task is to the provider.
pub(crate) fn kind(task: &Task) -> Kind {
    match task.work {
        Work::Training => Kind::Training,
        Work::Generation(_) => Kind::Generation,
    }
}

/// Carries a conversation with the provider to its end.
pub(crate) async fn converse<P: Ports, T>(ports: &P, mut conversation: Conversation<T>) -> Result<T, Trouble> {
    let mut answered = true;
    let mut step = conversation.begin();
    loop {
        let request = match step {
            Step::Send(request) => request,
            Step::Done(outcome) => return outcome.map_err(|error| Trouble { error, answered }),
        };
        let answer = fetch(ports, request, ANSWER_BYTES_MAX, ANSWER_TIME_MAX).await;
        answered = answer.is_ok();
        step = conversation
            .receive(answer.map_err(|error| if error.was_not_sent() { Transport::NotSent } else { Transport::Lost }));
    }
}

/// What the provider says of a task's job: asked by its id, or found by its callback URL where a submission's answer was lost.
/// Nothing when the provider certainly has no such job.
pub(crate) async fn look_up<P: Ports>(
    ports: &P,
    provider: &impl Provider,
    task: &Task,
    callback_url: &str,
) -> Result<Option<Job>, provider::Error> {
    let outcome = match &task.job {
        None => converse(ports, provider.find(kind(task), callback_url, task.created_at)).await,
        Some(id) => converse(ports, provider.status(kind(task), id)).await.map(Some),
    };
    match outcome {
        Ok(job) => Ok(job),
        Err(Trouble { error: provider::Error::NotFound, .. }) => Ok(None),
        Err(Trouble { error, .. }) => Err(error),
    }
}

/// Asks the provider to stop working on a task. Best effort: the task is given up in any case.
pub(crate) async fn cancel<P: Ports>(ports: &P, provider: &impl Provider, task: &Task) {
    let Some(id) = &task.job else { return };
    if let Err(trouble) = converse(ports, provider.cancel(kind(task), id)).await {
        ports.log(&format!("{} could not be canceled at the provider: {}", task.id, trouble.error));
    }
}
