//! Moving a task forward from whatever is found. A provider's callback, a status read, a waiting generation and the sweep all end here.
//!
//! Every step is decided on the stored task, is idempotent, and leaves something for the next look when it is interrupted:
//! the task ends first (that decides), then its character follows, then its hold is settled. The hold goes last because it is what
//! the sweep goes by: as long as anything is left to do, it is there.

use std::time::Duration;

use domain::bug::{self, Bug};
use domain::{
    Character, CharacterState, Durations, Failure, FailureCode, File, Funds, Model, Run, Settlement, Task, TaskState,
    Timestamp, Work,
};
use ledger::Command;
use provider::{FailureKind, Job, JobState, Output};
use store::{Decision, keys};

use crate::plan::Plan;
use crate::{Code, Error, Ports, choice, deliveries, download, erase, funds, gpu, outputs, pictures, submit};

/// How old the last word about a running task may be before a status read asks the provider.
pub const STALE_AFTER: Duration = Duration::from_secs(20);
/// How long a submission whose answer was lost is looked for at the provider before it counts as lost.
const SUBMISSION_GRACE: Duration = Duration::from_mins(2);

/// Brings a task up to date: asks the provider about a running one that was not heard of for `stale_after`, gives up one past its
/// deadline, and settles one that ended.
///
/// # Errors
/// What the store answers. A provider that does not answer is no error: the task stays as it is until it does, or until its deadline.
pub async fn refresh<P: Ports>(ports: &P, task: Task, stale_after: Duration) -> Result<Task, Error> {
    if task.state.is_terminal() {
        settle(ports, &task).await?;
        return Ok(task);
    }
    let now = ports.now();
    let expired = now >= task.deadline && !bug::on(Bug::NoDeadline);
    if !expired && now.since(task.heard_at) < stale_after {
        return Ok(task);
    }
    // One that is not configured any more is silent: its tasks end all the same.
    let provider = gpu::configured(ports.config(), task.provider);
    let provider = provider.map_err(|error| ports.log(&error.for_log())).ok();
    let said = match &provider {
        Some(provider) => gpu::look_up(ports, &**provider, &task).await,
        None => Err(provider::Error::Unavailable),
    };
    let silent = said.is_err();
    let task = match said {
        Ok(Some(job)) => match apply(ports, task.clone(), &job).await {
            Err(error) if error.code == Code::ProviderUnavailable || expired => unapplied(ports, task, error),
            applied => applied?,
        },
        Ok(None) if task.job.is_some() || is_overdue(&task, now) => {
            return lost(ports, &task, "The provider does not know the job any more").await;
        }
        Ok(None) => task,
        Err(error) => {
            // That one cannot be asked is no news.
            if error != provider::Error::NotOffered {
                ports.log(&format!("{} could not be asked about {}: {error}", task.provider, task.id));
            }
            let unheard = task.job.is_none() && is_overdue(&task, now);
            match if unheard { retry(ports, &task).await } else { Ok(None) } {
                Err(error) if expired => unapplied(ports, task, error),
                begun => begun?.unwrap_or(task),
            }
        }
    };
    if task.state.is_terminal() || now < task.deadline || bug::on(Bug::NoDeadline) {
        return Ok(task);
    }
    // Ended, or given to another, before it is canceled: the callback about the cancellation finds it so.
    let too_long = "It took too long and was given up";
    let over = if silent { lost(ports, &task, too_long).await? } else { fail(ports, &task, too_long).await? };
    if let Some(provider) = provider
        && (matches!(over.state, TaskState::Failed { .. }) || over.provider != task.provider)
    {
        gpu::cancel(ports, &*provider, &task).await;
    }
    Ok(over)
}

/// The task as it is where what is said of it cannot be done. Past its deadline it is given up all the same; a store that is out of reach
/// fails that too.
fn unapplied<P: Ports>(ports: &P, task: Task, error: Error) -> Task {
    ports.log(&format!("{} stays as it is: {}", task.id, error.for_log()));
    task
}

/// Whether a task's provider should have said by now whether it has the job.
fn is_overdue(task: &Task, now: Timestamp) -> bool {
    now.since(task.submitted_at) >= SUBMISSION_GRACE
}

/// Applies what the provider says of a task's job.
///
/// # Errors
/// What the store answers, and [`Code::ProviderUnavailable`] when pictures could not be fetched yet; the same report can be applied again.
pub async fn apply<P: Ports>(ports: &P, task: Task, job: &Job) -> Result<Task, Error> {
    if bug::on(Bug::ReleaseOnEveryFailure) && matches!(job.state, JobState::Failed(_)) {
        drop(funds::carry_out(ports, &task.account, &Command::Release { task: task.id.clone() }).await?);
    }
    if !task.open_for(&job.id) {
        settle(ports, &task).await?;
        return Ok(task);
    }
    match (&job.state, &task.work) {
        (JobState::Queued | JobState::Running | JobState::Finished, _) => {
            Ok(change(ports, &task, |current, now| current.updated(gpu::update_of(job), now)).await?.task())
        }
        (JobState::Succeeded(Output::Model { name, weights }), Work::Training { .. }) => {
            let (provider, name, source) = (task.provider, name.clone(), weights.clone());
            end(ports, &task, TaskState::Trained { model: Model { provider, name, source, weights: None } }).await
        }
        (JobState::Succeeded(Output::Images(urls)), Work::Generation(generation)) => {
            let urls = urls.get(..usize::from(generation.num_outputs)).unwrap_or(urls);
            deliver(ports, &task, urls).await
        }
        (JobState::Succeeded(output @ (Output::Images(_) | Output::Object(_))), Work::Run(run)) => {
            made(ports, &task, run, output).await
        }
        (JobState::Succeeded(_), _) => fail(ports, &task, "The provider delivered nothing that can be used").await,
        (JobState::Failed(failure), Work::Training { .. }) if failure.kind == FailureKind::Retryable => {
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

async fn deliver<P: Ports>(ports: &P, task: &Task, urls: &[String]) -> Result<Task, Error> {
    if urls.is_empty() {
        return fail(ports, task, explain(FailureKind::Unsafe)).await;
    }
    let provider = gpu::configured(ports.config(), task.provider)?;
    let copied = pictures::copy(ports, &*provider, task, urls).await;
    keep(ports, task, copied).await
}

/// Copies what a run of a model made.
async fn made<P: Ports>(ports: &P, task: &Task, run: &Run, output: &Output) -> Result<Task, Error> {
    let provider = gpu::configured(ports.config(), task.provider)?;
    let copied = outputs::copy(ports, &*provider, task, run, output).await;
    keep(ports, task, copied).await
}

/// Ends a task with what was copied; where its character was deleted meanwhile, nothing of that stays.
async fn keep<P: Ports>(ports: &P, task: &Task, copied: Result<Vec<File>, download::Failure>) -> Result<Task, Error> {
    let ended = end_with(ports, task, copied).await;
    if erase::is_deleted(ports, task).await? && !bug::on(Bug::KeepLateCopies) {
        erase::remove(ports, task).await?;
    }
    ended
}

async fn end_with<P: Ports>(
    ports: &P,
    task: &Task,
    copied: Result<Vec<File>, download::Failure>,
) -> Result<Task, Error> {
    match copied {
        Ok(files) => end(ports, task, TaskState::Delivered { files, at: ports.now() }).await,
        Err(download::Failure::Permanent(reason)) => {
            ports.log(&format!("a file of {} {reason}", task.id));
            fail(ports, task, "What the provider made could not be used").await
        }
        Err(download::Failure::Transient(reason)) => {
            let message = "What the provider made cannot be fetched yet";
            Err(Error::new(Code::ProviderUnavailable, message).because(format!("a file of {} {reason}", task.id)))
        }
        Err(download::Failure::Store(error)) => Err(error.into()),
    }
}

/// Begins a task again elsewhere whose job came to nothing through no fault of its own; where that cannot be, it fails.
async fn lost<P: Ports>(ports: &P, task: &Task, message: &str) -> Result<Task, Error> {
    match retry(ports, task).await {
        Ok(Some(task)) => Ok(task),
        Ok(None) => fail(ports, task, message).await,
        Err(error) if error.is_of_the_store() => Err(error),
        Err(error) => {
            ports.log(&format!("{} cannot begin again: {}", task.id, error.for_log()));
            fail(ports, task, message).await
        }
    }
}

/// Begins a task again at another provider, once. Nothing when that cannot be; the task as it is then when somebody else moved it.
async fn retry<P: Ports>(ports: &P, task: &Task) -> Result<Option<Task>, Error> {
    if task.retried || ports.config().providers.len() < 2 {
        return Ok(None);
    }
    let character = match task.work.character() {
        Some(id) => match ports.store().load(&keys::character(&task.account, id)).await? {
            Some(character) if !character.is_deleted() => Some(character),
            _ => return Ok(None),
        },
        None => None,
    };
    let choices = choice::providers(ports, &task.work, character.as_ref()).await;
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
        Changed::Unchanged(current) if current.retried && bug::on(Bug::EveryoneBeginsAgain) => current,
        Changed::Unchanged(current) => return Ok(Some(current)),
    };
    ports.log(&format!("{} was lost at {} and begins again at {next}", task.id, task.provider));
    Ok(Some(Box::pin(submit::submit(ports, current, &plan, &[])).await))
}

async fn fail<P: Ports>(ports: &P, task: &Task, message: &str) -> Result<Task, Error> {
    let message = format!("{message}; your credits were given back");
    let error = Failure { code: task.failure_code(), message };
    end(ports, task, TaskState::Failed { error }).await
}

/// Ends a task, unless it ended before, and settles it however it ended.
pub(crate) async fn end<P: Ports>(ports: &P, task: &Task, state: TaskState) -> Result<Task, Error> {
    if bug::on(Bug::SettleFirst) {
        settle(ports, &Task { state: state.clone(), ..task.clone() }).await?;
    }
    let ended = change(ports, task, |current, now| current.ended(state.clone(), now)).await?.task();
    settle(ports, &ended).await?;
    if let TaskState::Trained { .. } = &ended.state
        && let Err(error) = learn(ports, &ended).await
    {
        ports.log(&format!("how long {} took is not remembered: {}", ended.id, error.for_log()));
    }
    Ok(ended)
}

/// Remembers how long a training took. Where two do so at once, one of them is forgotten, and no harm is done.
async fn learn<P: Ports>(ports: &P, training: &Task) -> Result<(), Error> {
    let key = keys::durations();
    let past: Durations = ports.store().read(&key).await?.unwrap_or_default();
    Ok(ports.store().write(&key, &past.with(training.heard_at.since(training.created_at))).await?)
}

/// The stored task after it was to be changed.
pub(crate) enum Changed {
    /// As this change made it.
    Applied(Task),
    /// As it was and is: this change was none to make.
    Unchanged(Task),
}

impl Changed {
    /// The task, whoever made it so.
    pub(crate) fn task(self) -> Task {
        let (Self::Applied(task) | Self::Unchanged(task)) = self;
        task
    }
}

/// Changes the stored task as `next` says, unless it went to another provider meanwhile.
pub(crate) async fn change<P: Ports>(
    ports: &P,
    task: &Task,
    next: impl Fn(&Task, Timestamp) -> Option<Task>,
) -> Result<Changed, Error> {
    let now = ports.now();
    let key = keys::task(&task.account, &task.id);
    let update = ports.store().update(&key, |current: &Task| {
        let here = current.provider == task.provider;
        match Some(current).filter(|_| here).and_then(|current| next(current, now)) {
            Some(next) => Decision::Write(next.clone(), Changed::Applied(next)),
            None => Decision::Keep(Changed::Unchanged(current.clone())),
        }
    });
    Ok(update.await?)
}

/// Tells an ended task's character and settles its hold. Returns the account's credits then; nothing while the task runs.
///
/// # Errors
/// What the store answers; settling again does what is left.
pub async fn settle<P: Ports>(ports: &P, task: &Task) -> Result<Option<Funds>, Error> {
    let Some(settlement) = task.settlement() else { return Ok(None) };
    follow(ports, task).await?;
    let command = match settlement {
        Settlement::Capture(amount) => Command::Capture { task: task.id.clone(), amount },
        Settlement::Release => Command::Release { task: task.id.clone() },
    };
    if bug::on(Bug::TellBeforeSettling) && task.webhook_url.is_some() {
        deliveries::attempt(ports, task).await?;
    }
    let (funds, tell) = funds::settle(ports, task, &command).await?;
    if tell && let Err(error) = deliveries::attempt(ports, task).await {
        ports.log(&format!("that {} ended is told later: {}", task.id, error.for_log()));
    }
    Ok(Some(funds))
}

/// Brings a trained character, or one that could not be, to where its training is.
async fn follow<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    let end = match &task.state {
        TaskState::Trained { model } => CharacterState::Ready { model: model.clone() },
        TaskState::Failed { error } => CharacterState::Failed { error: error.clone() },
        TaskState::Canceled => {
            let message = "It was canceled; your credits were given back".to_owned();
            CharacterState::Failed { error: Failure { code: FailureCode::TrainingCanceled, message } }
        }
        _ => return Ok(()),
    };
    let Work::Training { character } = &task.work else { return Ok(()) };
    let key = keys::character(&task.account, character);
    let update = ports.store().update(&key, |character: &Character| match character.ended(end.clone()) {
        Some(next) => Decision::Write(next, ()),
        None => Decision::Keep(()),
    });
    match update.await {
        // Nobody is left to be told, which must not keep the hold open.
        Err(store::Error::Missing { .. }) => Ok(()),
        told => Ok(told?),
    }
}
