//! Beginning a task: its credits are held, then the provider is asked.
//!
//! | if we die after | then |
//! |---|---|
//! | writing the task | nobody was charged, nobody knows the task |
//! | the hold | the hold names the task; reconcile asks the provider, finds no job, and releases |
//! | the submission | reconcile or the callback finds the job by the callback URL |
//! | recording the job | nothing is left to do but wait |

use domain::{Failure, FailureCode, Task, TaskState};
use ledger::Command;
use provider::{Conversation, Job, Provider};
use store::{Decision, keys};

use crate::gpu::Trouble;
use crate::{Error, Ports, funds, gpu, links, reconcile};

/// Holds the task's credits and submits it; `submission` is the conversation that does so, for the callback URL it is given.
///
/// The task comes back processing; still pending when it is not known whether the provider has it; or failed and released when the provider
/// certainly has not.
///
/// # Errors
/// [`crate::Code::InsufficientCredits`] and what the store answers; then nothing is held, or the hold is reconciled.
pub(crate) async fn begin<P: Ports, R: Provider>(
    ports: &P,
    provider: &R,
    task: Task,
    submission: impl FnOnce(&R, String) -> Conversation<Job>,
) -> Result<Task, Error> {
    let callback_url = links::callback(ports.config(), &task)?;
    let key = keys::task(&task.account, &task.id);
    ports.store().create(&key, task.clone()).await?;
    let hold = Command::Hold { task: task.id.clone(), amount: task.cost };
    if let Err(error) = funds::carry_out(ports, &task.account, &hold).await {
        if error.code == crate::Code::InsufficientCredits {
            ports.store().discard(&key).await?;
        }
        return Err(error);
    }
    match gpu::converse(ports, submission(provider, callback_url.clone())).await {
        Ok(job) => record(ports, task, &job).await,
        Err(trouble) => after_failure(ports, provider, task, &callback_url, &trouble).await,
    }
}

/// Writes down the provider's job. The job runs, so a store that fails now must not make the caller ask again: the callback or the next
/// look brings the task up to date.
async fn record<P: Ports>(ports: &P, task: Task, job: &Job) -> Result<Task, Error> {
    let now = ports.now();
    let key = keys::task(&task.account, &task.id);
    let written = ports.store().update(&key, |current: &Task| match current.heard(&job.id, now) {
        Some(next) => Decision::Write(next.clone(), next),
        None => Decision::Keep(current.clone()),
    });
    Ok(written.await.unwrap_or_else(|error| {
        ports.log(&format!("the provider's job {} of {} was not recorded: {error}", job.id, task.id));
        task
    }))
}

/// Finds out whether a submission that failed was accepted all the same. Only one that certainly was not is given up.
async fn after_failure<P: Ports>(
    ports: &P,
    provider: &impl Provider,
    task: Task,
    callback_url: &str,
    trouble: &Trouble,
) -> Result<Task, Error> {
    ports.log(&format!("{} was not submitted: {}", task.id, trouble.error));
    if trouble.error.may_have_been_accepted() {
        match gpu::look_up(ports, provider, &task, callback_url).await {
            Ok(Some(job)) => return record(ports, task, &job).await,
            Ok(None) if trouble.answered => {}
            Ok(None) | Err(_) => return Ok(task),
        }
    }
    let failure = Failure {
        code: code(&task),
        message: "The provider did not take the job; your credits were given back".to_owned(),
    };
    reconcile::end(ports, &task, TaskState::Failed { error: failure }).await
}

fn code(task: &Task) -> FailureCode {
    match task.failure_code() {
        FailureCode::TrainingFailed => FailureCode::TrainingSubmitFailed,
        code => code,
    }
}
