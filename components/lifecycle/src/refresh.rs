//! Moving a task forward from whatever is found. A provider's callback, a status read, a waiting generation and the sweep all end here.
//!
//! Every step is decided on the stored task, is idempotent, and leaves something for the next look when it is interrupted.

use std::time::Duration;

use domain::{File, Model, ProviderName, Run, Task, TaskState, Timestamp, Training, Work};
use provider::{FailureKind, Job, JobState, Output};
use store::keys;

use crate::download::DownloadError;
use crate::plan::Plan;
use crate::settle::{end, fail, settle};
use crate::task::{Changed, change};
use crate::{Error, Ports, blobs, cancel, choice, jobs, made, outputs, remains, submit, weights, withheld};

/// How often a provider is asked about a task, whoever wants to know.
const ASKED_EVERY: Duration = Duration::from_secs(20);
/// How often the provider inside is asked, and how old its last word may be: it costs nobody anything.
const INSIDE_ASKED_EVERY: Duration = Duration::from_millis(500);
/// What is said of an output that is none.
const NOTHING_USABLE: &str = "The provider delivered nothing that can be used";
/// How old the last word about a running task may be before a status read asks the provider.
pub const STALE_AFTER: Duration = Duration::from_secs(20);

/// Brings a task up to date: gives up one past its deadline, settles one that ended, and asks the provider about one that was not heard of
/// for `stale_after` and not asked for a while.
///
/// # Errors
/// What the store answers. A provider that does not answer is no error: the task stays as it is until it does, or until its deadline.
pub async fn refresh<P: Ports>(ports: &P, task: Task, stale_after: Duration) -> Result<Task, Error> {
    let task = conclude(ports, task).await?;
    let now = ports.now();
    if task.state.is_terminal() {
        return Ok(task);
    }
    let (stale_after, asked_every) = match task.provider {
        ProviderName::Test => (stale_after.min(INSIDE_ASKED_EVERY), INSIDE_ASKED_EVERY),
        ProviderName::Replicate | ProviderName::Fal | ProviderName::Cog => (stale_after, ASKED_EVERY),
    };
    if task.heard_at <= now && now.since(task.heard_at) < stale_after {
        return Ok(task);
    }
    // Written down before it is asked, so that it is not asked by all who wait, nor over and over while it does not answer.
    let task = match change(ports, &task, |current, now| current.asked(asked_every, now)).await? {
        Changed::Applied(task) => task,
        Changed::Unchanged(task) => return Ok(task),
    };
    Box::pin(ask(ports, task, now)).await
}

/// Settles a task that ended, and gives up one past its deadline. Nobody outside is asked.
///
/// # Errors
/// What the store answers.
pub async fn conclude<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    if task.state.is_terminal() {
        settle(ports, &task).await?;
    } else if ports.now() >= task.deadline {
        return cancel::give_up(ports, task).await;
    }
    Ok(task)
}

/// Asks a task's provider about it.
async fn ask<P: Ports>(ports: &P, task: Task, now: Timestamp) -> Result<Task, Error> {
    if matches!(task.work, Work::Reference { .. }) {
        // Whoever was to keep them came no further than the hold, and may have told nobody.
        let given_up = jobs::is_overdue(&task, now);
        return if given_up {
            fail(ports, &task, "Its photos could not be kept; send it again").await
        } else {
            Ok(task)
        };
    }
    if task.trained.is_some() {
        return or_as_it_is(ports, &task, bring(ports, task.clone()).await);
    }
    // One that is not configured any more is silent.
    let provider = jobs::configured(ports, task.provider);
    let provider = provider.map_err(|error| ports.log(&error.to_string())).ok();
    let said = match &provider {
        Some(provider) => jobs::look_up(ports, &**provider, &task).await,
        None => Err(provider::Error::Unavailable),
    };
    match said {
        Ok(Some(job)) => or_as_it_is(ports, &task, apply(ports, task.clone(), &job).await),
        Ok(None) if task.job.is_some() => missing(ports, task).await,
        Ok(None) if jobs::is_overdue(&task, now) => lost(ports, &task, "The provider does not have the job").await,
        Ok(None) => Ok(task),
        Err(error) => {
            // That one cannot be asked is no news.
            if error != provider::Error::NotOffered {
                ports.log(&format!("{} could not be asked about {}: {error}", task.provider, task.id));
            }
            let silent = if task.job.is_none() { jobs::is_overdue(&task, now) } else { is_silent(&task, &error, now) };
            Ok(if silent { retry(ports, &task).await? } else { None }.unwrap_or(task))
        }
    }
}

/// A task as it became, or as it was where what it made cannot be fetched yet.
fn or_as_it_is<P: Ports>(ports: &P, task: &Task, became: Result<Task, Error>) -> Result<Task, Error> {
    match became {
        Err(error @ Error::NotYet { .. }) => {
            ports.log(&format!("{} stays as it is: {error}", task.id));
            Ok(task.clone())
        }
        became => became,
    }
}

/// A provider that does not know a job it took is asked again before it is believed.
async fn missing<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    if task.missing_at.is_some() {
        return lost(ports, &task, "The provider does not know the job any more").await;
    }
    Ok(change(ports, &task, Task::missed).await?.task())
}

/// Whether a provider that has a job was silent about it for so long that another is asked, while there is time for that.
fn is_silent(task: &Task, error: &provider::Error, now: Timestamp) -> bool {
    let patience = task.deadline.since(task.submitted_at).checked_div(2).unwrap_or_default();
    *error != provider::Error::NotOffered && now.since(task.heard_at) >= patience
}

/// Applies what the provider says of a task's job.
///
/// # Errors
/// What the store answers, and [`Error::NotYet`] when pictures could not be fetched yet; the same report can be applied again.
pub async fn apply<P: Ports>(ports: &P, task: Task, job: &Job) -> Result<Task, Error> {
    if !task.open_for(&job.id) {
        settle(ports, &task).await?;
        return Ok(task);
    }
    match (&job.state, &task.work) {
        (JobState::Queued | JobState::Running | JobState::Finished, _) => {
            Ok(change(ports, &task, |current, now| current.updated(jobs::update_of(job), now)).await?.task())
        }
        (_, Work::Training(_)) if task.trained.is_some() => bring(ports, task).await,
        (JobState::Succeeded(output), Work::Training(_)) => trained(ports, &task, &job.id, output.clone()).await,
        (JobState::Succeeded(Output::Images(urls)), Work::Generation(generation)) => {
            let urls = urls.get(..usize::from(generation.num_outputs)).unwrap_or(urls);
            deliver(ports, &task, urls).await
        }
        (JobState::Succeeded(output @ (Output::Images(_) | Output::Object(_))), Work::Run(run)) => {
            made(ports, &task, run, output).await
        }
        (JobState::Succeeded(_), _) => fail(ports, &task, NOTHING_USABLE).await,
        (JobState::Failed(failure), Work::Training(_)) if failure.kind == FailureKind::Retryable => {
            lost(ports, &task, explain(failure.kind)).await
        }
        (JobState::Failed(failure), _) => fail(ports, &task, explain(failure.kind)).await,
        (JobState::Canceled, _) => fail(ports, &task, "It was canceled at the provider").await,
    }
}

const fn explain(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unsafe => "The provider's safety filter withheld every picture; try another prompt",
        FailureKind::Retryable => "The provider was interrupted; try again",
        FailureKind::Other => "The provider could not do it",
    }
}

/// Ends a training with what it made; where that is of no use before its weights are here, with those.
async fn trained<P: Ports>(ports: &P, task: &Task, job: &str, output: Output) -> Result<Task, Error> {
    let provider = jobs::configured(ports, task.provider)?;
    let Output::Model { name, weights: source } = provider.trained(output) else {
        return fail(ports, task, NOTHING_USABLE).await;
    };
    let Work::Training(Training { base, .. }) = &task.work else { return fail(ports, task, NOTHING_USABLE).await };
    let model = Model { provider: task.provider, name, source, base: base.clone(), weights: None };
    if !provider.needs_our_copy() {
        return end(ports, task, TaskState::Trained { model }).await;
    }
    // Written down first: the provider says it for some minutes only, and nobody can ask it.
    let waiting = change(ports, task, |current, now| current.awaiting_weights(job, model.clone(), now)).await?;
    bring(ports, waiting.task()).await
}

/// Copies the weights that a training made, and ends it with them.
async fn bring<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    let Some(model) = task.trained.clone().filter(|_| !task.state.is_terminal()) else {
        settle(ports, &task).await?;
        return Ok(task);
    };
    let provider = jobs::configured(ports, task.provider)?;
    let ended = match weights::bring(ports, &*provider, &task, &model).await {
        Ok(model) => end(ports, &task, TaskState::Trained { model }).await?,
        Err(DownloadError::Permanent(reason)) => {
            ports.log(&format!("what {} trained {reason}", task.id));
            fail(ports, &task, "What the provider made could not be used").await?
        }
        Err(DownloadError::Transient(reason)) => {
            let cause = format!("what {} trained {reason}", task.id);
            return Err(Error::NotYet { what: "What the provider made cannot be fetched yet", cause });
        }
        Err(DownloadError::Store(error)) => return Err(error.into()),
    };
    // It was canceled, given up, or deleted with its character while it was copied. What fails here the sweep removes.
    if !matches!(ended.state, TaskState::Trained { .. }) || remains::is_deleted(ports, &ended).await? {
        weights::discard(ports, &ended).await?;
    }
    Ok(ended)
}

async fn deliver<P: Ports>(ports: &P, task: &Task, urls: &[String]) -> Result<Task, Error> {
    if urls.is_empty() {
        return fail(ports, task, explain(FailureKind::Unsafe)).await;
    }
    let provider = jobs::configured(ports, task.provider)?;
    let copied = outputs::pictures::copy(ports, &*provider, task, urls).await;
    keep(ports, task, copied).await
}

/// Copies what a run of a model made.
async fn made<P: Ports>(ports: &P, task: &Task, run: &Run, output: &Output) -> Result<Task, Error> {
    let provider = jobs::configured(ports, task.provider)?;
    let copied = outputs::copy(ports, &*provider, task, run, output).await;
    keep(ports, task, copied).await
}

/// Ends a task with what was copied; where its character was deleted meanwhile, nothing of that stays.
async fn keep<P: Ports>(ports: &P, task: &Task, copied: Result<Vec<File>, DownloadError>) -> Result<Task, Error> {
    let ended = end_with(ports, task, copied).await;
    // As long as it is open somebody else may be copying the same. Then the deletion finds it open, and removes what there is.
    if remains::is_deleted(ports, task).await? && remains::is_over(ports, task).await? {
        remains::remove(ports, ended.as_ref().unwrap_or(task)).await?;
    }
    ended
}

async fn end_with<P: Ports>(ports: &P, task: &Task, copied: Result<Vec<File>, DownloadError>) -> Result<Task, Error> {
    match copied {
        Ok(files) => {
            made::note(ports, task, &files).await?;
            let ended = end(ports, task, TaskState::Delivered { files: files.clone(), at: ports.now() }).await?;
            if !matches!(ended.state, TaskState::Delivered { .. }) {
                made::forget(ports, &ended, &files).await?;
            }
            Ok(ended)
        }
        Err(DownloadError::Permanent(reason)) => {
            withheld::flag(ports, task, &reason).await;
            let ended = fail(ports, task, "What the provider made could not be used").await?;
            discard(ports, &ended).await;
            Ok(ended)
        }
        Err(DownloadError::Transient(reason)) => {
            let cause = format!("a file of {} {reason}", task.id);
            Err(Error::NotYet { what: "What the provider made cannot be fetched yet", cause })
        }
        Err(DownloadError::Store(error)) => Err(error.into()),
    }
}

/// Removes what was copied for a task that failed, which nobody gets; what fails here goes with the expiry.
async fn discard<P: Ports>(ports: &P, task: &Task) {
    if !matches!(task.state, TaskState::Failed { .. }) {
        return;
    }
    for n in 0..remains::files_max(&task.work) {
        if let Err(error) = blobs::remove(ports, &keys::result(&task.account, &task.id, n)).await {
            ports.log(&format!("files of {} stay for now: {error}", task.id));
            return;
        }
    }
}

/// Begins a task again elsewhere whose job came to nothing through no fault of its own; where that cannot be, it fails.
async fn lost<P: Ports>(ports: &P, task: &Task, message: &str) -> Result<Task, Error> {
    match retry(ports, task).await? {
        Some(task) => Ok(task),
        None => fail(ports, task, message).await,
    }
}

/// Begins a task again at another provider, once. Nothing when that cannot be; the task as it is then when somebody else reassigned it.
async fn retry<P: Ports>(ports: &P, task: &Task) -> Result<Option<Task>, Error> {
    match begin_again(ports, task).await {
        Err(error) if !error.is_of_the_store() => {
            ports.log(&format!("{} cannot begin again: {error}", task.id));
            Ok(None)
        }
        begun => begun,
    }
}

async fn begin_again<P: Ports>(ports: &P, task: &Task) -> Result<Option<Task>, Error> {
    if task.retried || ports.config().providers.len() < 2 {
        return Ok(None);
    }
    let character = match task.work.character() {
        Some(id) => match ports.store().load(&keys::character(&task.account, id)).await? {
            Some(character) if !character.is_closed() => Some(character),
            _ => return Ok(None),
        },
        None => None,
    };
    let choices = choice::providers(ports, &task.account, &task.work, character.as_ref()).await;
    let Some(next) = choices.into_iter().find(|name| *name != task.provider) else { return Ok(None) };
    let Some(wanted) = task.retried(next, ports.now()).filter(|again| ports.now() < again.deadline) else {
        return Ok(None);
    };
    let plan = Plan::new(ports, &wanted, character.as_ref())?;
    // Whoever writes this down is the one to submit it.
    let again = |current: &Task, now| {
        let same = current.job == task.job && current.retried == task.retried;
        current.retried(next, now).filter(|_| same)
    };
    let current = match change(ports, task, again).await? {
        Changed::Applied(current) => current,
        Changed::Unchanged(current) => return Ok(Some(current)),
    };
    ports.log(&format!("{} was lost at {} and begins again at {next}", task.id, task.provider));
    Ok(Some(Box::pin(submit::submit(ports, current, &plan, &[])).await))
}

#[cfg(test)]
mod tests;
