//! Jobs at providers: which providers there are, and conversations with them.

use std::time::Duration;

use domain::{JobUpdate, ProviderName, Task, Timestamp, Work};
pub use provider::registry::{jobs_kept, models_kept};
use provider::{Conversation, Job, JobRef, Kind, Provider, Step, Transport};

use crate::fetch::fetch;
use crate::{Error, Ports, links, mark};

/// Longest time for one answer of a provider.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(15);
/// How long a submission whose answer was lost is looked for at the provider before it counts as lost.
const SUBMISSION_GRACE: Duration = Duration::from_mins(2);
/// Largest answer of a provider, in bytes: a page of a hundred jobs with their logs.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a conversation came to nothing.
#[derive(Debug)]
pub struct ConversationError {
    /// What is known of it.
    pub error: provider::Error,
    /// Whether the last request was answered, so that nothing of it is still under way.
    pub answered: bool,
}

/// A provider as it is configured.
///
/// # Errors
/// [`Error::Internal`]; the log says which variable is wrong.
pub fn configured<P: Ports>(ports: &P, name: ProviderName) -> Result<Box<dyn Provider>, Error> {
    let config = ports.config();
    let files_url = || links::provider_files(config).ok();
    config.provider_configs.open(name, &files_url, ports.now()).map_err(Error::internal)
}

/// What kind of job a task is to a provider.
pub fn kind(task: &Task) -> Kind {
    match task.work {
        Work::Training(_) => Kind::Training,
        Work::Generation(_) => Kind::Generation,
        // Nobody is asked to keep references.
        Work::Run(_) | Work::Reference { .. } => Kind::Run,
    }
}

/// Whether a task's provider should have said by now whether it has the job.
pub fn is_overdue(task: &Task, now: Timestamp) -> bool {
    now.since(task.submitted_at) >= SUBMISSION_GRACE
}

/// A task's job, as its provider is asked about it; nothing while it is not known.
pub fn job_of(task: &Task) -> Option<JobRef> {
    Some(JobRef { id: task.job.clone()?, location: task.job_location.clone() })
}

/// What a provider's word on a running job means to its task.
pub fn update_of(job: &Job) -> JobUpdate<'_> {
    JobUpdate { job: &job.id, location: job.location.as_deref(), progress_percent: job.progress_percent }
}

/// Carries a conversation with a provider to its end.
///
/// # Errors
/// What the provider answers.
pub async fn converse<P: Ports, T>(ports: &P, mut conversation: Conversation<T>) -> Result<T, ConversationError> {
    let mut answered = true;
    let mut step = conversation.begin();
    loop {
        let request = match step {
            Step::Send(request) => request,
            Step::Done(outcome) => return outcome.map_err(|error| ConversationError { error, answered }),
        };
        let answer = fetch(ports, request, ANSWER_BYTES_MAX, ANSWER_TIME_MAX).await;
        answered = answer.is_ok();
        step = conversation
            .receive(answer.map_err(|error| if error.was_not_sent() { Transport::NotSent } else { Transport::Lost }));
    }
}

/// What a task's provider says of its job: asked by its id, or found by what it was asked for where a submission's answer was lost.
/// Nothing when the provider certainly has no such job.
///
/// # Errors
/// What the provider answers.
pub async fn look_up<P: Ports>(
    ports: &P,
    provider: &dyn Provider,
    task: &Task,
) -> Result<Option<Job>, provider::Error> {
    let outcome = if let Some(job) = job_of(task) {
        converse(ports, provider.status(kind(task), &job)).await.map(Some)
    } else {
        find(ports, provider, task).await
    };
    match outcome {
        Ok(job) => Ok(job),
        Err(ConversationError { error: provider::Error::NotFound, .. }) => Ok(None),
        Err(ConversationError { error, .. }) => Err(error),
    }
}

/// The job of a task whose submission had no answer. What the task was asked may be removed by now; then it is not known whether there is one.
async fn find<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task) -> Result<Option<Job>, ConversationError> {
    let unknown = ConversationError { error: provider::Error::Unavailable, answered: true };
    let sought = mark::sought(task).ok_or(unknown)?;
    converse(ports, provider.find(&sought)).await
}

/// Asks a task's provider to stop working on its job. Best effort: nobody waits for it any more in any case.
pub async fn cancel<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task) {
    let Some(job) = job_of(task) else { return };
    if let Err(failed) = converse(ports, provider.cancel(kind(task), &job)).await {
        ports.log(&format!("{} could not be canceled at {}: {}", task.id, task.provider, failed.error));
    }
}
