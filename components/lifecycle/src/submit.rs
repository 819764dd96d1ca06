//! Beginning a task: its credits are held, then a provider is asked, and where that certainly does not take it, the next.
//!
//! | if we die after | then |
//! |---|---|
//! | writing the task | nobody was charged, nobody knows the task, and nobody's words are in it |
//! | the hold | the hold names the task; the sweep asks the provider, finds no job, and releases |
//! | filling the task in | as after the hold |
//! | the submission | the sweep finds the job by what it was asked for, or the callback names the task |
//! | recording the job | nothing is left to do but wait |
//! | writing down the next provider | as after the hold |
//!
//! A task is at one provider at any time, the one that is written down before it is asked. What another reports of it later moves nothing.

use domain::limits::TEST_TASK_TIME_MAX;
use domain::{Character, Failure, FailureCode, Funds, Operation, ProviderName, Task, TaskState};
use ledger::Command;
use provider::{Job, Provider};
use store::NewKey;

use crate::jobs::ConversationError;
use crate::plan::Plan;
use crate::task::{Changed, change};
use crate::{Error, Ports, choice, container_files, funds, jobs, links, publish, remains, settle, stop};

/// A task to begin, and who asks for it.
pub struct Order<'a> {
    /// The task, pending, at whatever provider.
    pub task: Task,
    /// Where it will be.
    pub key: NewKey<Task>,
    /// The character it is for, where it is for one.
    pub character: Option<&'a Character>,
    /// The id of the API key that asks, for the ledger: not the key.
    pub key_id: &'a str,
    /// The request's name, where its caller gave it one: it begins no second task.
    pub operation: Option<Operation>,
}

/// A task that was begun, and the account's credits since.
pub struct Begun {
    /// The task.
    pub task: Task,
    /// The credits after the hold.
    pub funds: Funds,
}

/// Holds the task's credits and submits it.
///
/// The task comes back processing; still pending when it is not known whether a provider has it; or failed and released when certainly none
/// has.
///
/// # Errors
/// The hold's refusal ([`Error::refuses_the_hold`]), and what the store answers until then. Nothing was submitted: nothing is held, or
/// the sweep releases it. From the submission on there is no error: the caller is told of the task, so that it can be followed.
pub async fn begin<P: Ports>(ports: &P, mut order: Order<'_>) -> Result<Begun, Error> {
    let choices = choice::providers(ports, &order.task.account, &order.task.work, order.character).await;
    let (first, others) = choices.split_first().ok_or_else(|| Error::internal("providers: there is none"))?;
    order.task.provider = *first;
    if order.task.account.is_test() {
        order.task.deadline = order.task.deadline.min(order.task.created_at.plus(TEST_TASK_TIME_MAX));
    }
    let plan = Plan::new(ports, &order.task, order.character)?;
    let funds = accept(ports, &order).await?;
    let task = match fill_in(ports, order.task).await? {
        Changed::Applied(task) => task,
        Changed::Unchanged(task) => return Ok(Begun { funds: funds::load(ports, &task.account).await?, task }),
    };
    if remains::is_closed(ports, &task).await? {
        return cancel_at_once(ports, task).await;
    }
    Ok(Begun { task: submit(ports, task, &plan, others).await, funds })
}

/// Holds the credits of a task that no provider is asked for, and ends it with them: its character's photos are references from then on. The
/// task comes back as it was where the store stays away. What ended is settled by whoever looks at it; what did not is given up by the sweep, as
/// is what nobody was told of.
///
/// # Errors
/// As [`begin`].
pub async fn keep<P: Ports>(ports: &P, order: Order<'_>) -> Result<Task, Error> {
    accept(ports, &order).await?;
    let end = async || {
        if remains::is_closed(ports, &order.task).await? {
            return Ok(cancel_at_once(ports, order.task.clone()).await?.task);
        }
        settle::end(ports, &order.task, TaskState::Referenced).await
    };
    Ok(end().await.unwrap_or_else(|error| {
        ports.log(&format!("{} ends later: {error}", order.task.id));
        order.task.clone()
    }))
}

/// Writes a task's outline down and holds its credits. What is refused is not there.
async fn accept<P: Ports>(ports: &P, order: &Order<'_>) -> Result<Funds, Error> {
    ports.store().create(&order.key, order.task.outline()).await?;
    match hold(ports, order).await {
        Err(error) if error.refuses_the_hold() => {
            ports.store().discard(order.key.document()).await?;
            Err(error)
        }
        outcome => outcome,
    }
}

/// Writes down what a task is asked, now that its hold names it; unchanged where it was canceled meanwhile.
async fn fill_in<P: Ports>(ports: &P, task: Task) -> Result<Changed, Error> {
    if task.outline() == task {
        return Ok(Changed::Applied(task));
    }
    change(ports, &task, |current, _| current.filled_in(&task.work)).await
}

/// Cancels a task whose character was deleted, or suspended, before its hold could be found there.
async fn cancel_at_once<P: Ports>(ports: &P, task: Task) -> Result<Begun, Error> {
    let task = settle::end(ports, &task, TaskState::Canceled).await?;
    remains::remove(ports, &task).await?;
    let funds = funds::load(ports, &task.account).await?;
    Ok(Begun { task, funds })
}

async fn hold<P: Ports>(ports: &P, order: &Order<'_>) -> Result<Funds, Error> {
    let task = &order.task;
    let command = |claim| Command::Hold {
        task: task.id.clone(),
        amount: task.cost,
        key: order.key_id.to_owned(),
        deadline: task.deadline,
        open_max: ports.config().open_tasks_max,
        claim,
    };
    funds::hold(ports, task, order.operation.as_ref(), command).await?.map_err(Error::Refused)
}

/// Submits a task to its provider, and as long as that is refused for reasons of the provider's own, to one of the `others`.
pub async fn submit<P: Ports>(ports: &P, mut task: Task, plan: &Plan, others: &[ProviderName]) -> Task {
    let mut others = others.iter();
    loop {
        let NotTaken { error, may_run } = match attempt(ports, &task, plan, others.len() > 0).await {
            Ok(task) => return task,
            Err(not_taken) => not_taken,
        };
        choice::remember(ports, task.provider, &error).await;
        let next = others.next().filter(|_| choice::is_its_own(&error));
        let Some(next) = next else { return give_up(ports, task, &error).await };
        let passed_on = |current: &Task, now| {
            if may_run { current.passed_over(*next, now) } else { current.reassigned(*next, now) }
        };
        match change(ports, &task, passed_on).await {
            Ok(Changed::Applied(reassigned)) => {
                task = reassigned;
                if may_run && let Err(error) = stop::enlist(ports, &task, None).await {
                    ports.log(&format!("what may run of {} is stopped at its end: {error}", task.id));
                }
            }
            Ok(Changed::Unchanged(current)) => return current,
            Err(error) => {
                ports.log(&format!("{} is not given to {next}: {error}", task.id));
                return task;
            }
        }
    }
}

/// Why a provider has not taken a job.
struct NotTaken {
    error: provider::Error,
    /// Whether it may run all the same: then it is stopped there, and nobody listens to it.
    may_run: bool,
}

impl From<ConversationError> for NotTaken {
    fn from(failed: ConversationError) -> Self {
        Self { error: failed.error, may_run: false }
    }
}

/// Submits a task to its provider. Comes back with the task when that has it or may have it.
///
/// # Errors
/// Why the provider has not taken it. Where there are `others` to ask, an answer that says neither is enough.
async fn attempt<P: Ports>(ports: &P, task: &Task, plan: &Plan, others: bool) -> Result<Task, NotTaken> {
    let provider = jobs::configured(ports, task.provider).map_err(|error| {
        ports.log(&format!("{} cannot be asked: {error}", task.provider));
        ConversationError { error: provider::Error::Unauthorized, answered: true }
    })?;
    let failed = match ask(ports, &*provider, task, plan).await {
        Ok(job) => return Ok(record(ports, &*provider, task, &job).await),
        Err(failed) => failed,
    };
    ports.log(&format!("{} was not submitted to {}: {}", task.id, task.provider, failed.error));
    if failed.error.may_have_been_accepted() {
        match jobs::look_up(ports, &*provider, task).await {
            Ok(Some(job)) => return Ok(record(ports, &*provider, task, &job).await),
            Ok(None) if failed.answered => {}
            Err(_) if failed.answered && others && task.lost.is_none() => {
                return Err(NotTaken { error: failed.error, may_run: true });
            }
            Ok(None) | Err(_) => return Ok(leave(ports, task).await),
        }
    }
    Err(failed.into())
}

async fn ask<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task, plan: &Plan) -> Result<Job, ConversationError> {
    let unasked = |_| ConversationError { error: provider::Error::Unavailable, answered: true };
    let callback_url = match plan {
        // The provider inside reports nothing.
        Plan::Test(_) => String::new(),
        Plan::Training { .. } | Plan::Generation { .. } | Plan::Run(..) => {
            links::callback(ports.config(), task).map_err(unasked)?
        }
    };
    if task.provider == ProviderName::Cog {
        container_files::expect(ports, task.deadline).await.map_err(unasked)?;
    }
    let start = || plan.start(provider, task.provider, callback_url.clone());
    publish::submit(ports, task, &start).await
}

/// Writes down the provider's job. The job runs, so a store that fails now must not make the caller ask again: the callback or the next
/// look brings the task up to date.
async fn record<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task, job: &Job) -> Task {
    match change(ports, task, |current, now| current.updated(jobs::update_of(job), now)).await.map(Changed::task) {
        Ok(current)
            if current.provider == task.provider
                && !matches!(current.state, TaskState::Failed { .. } | TaskState::Canceled) =>
        {
            current
        }
        Ok(current) => {
            // It was given up, or to another, while this one was asked, so what this one makes now is nobody's.
            jobs::cancel(ports, provider, &Task { job: Some(job.id.clone()), ..task.clone() }).await;
            current
        }
        Err(error) => {
            ports.log(&format!("the job {} of {} was not recorded: {error}", job.id, task.id));
            task.clone()
        }
    }
}

/// Writes down that nobody knows whether the provider has the task.
async fn leave<P: Ports>(ports: &P, task: &Task) -> Task {
    match change(ports, task, |current, _| current.left_unanswered()).await {
        Ok(changed) => changed.task(),
        Err(error) => {
            ports.log(&format!("that {} is unanswered was not recorded: {error}", task.id));
            task.clone()
        }
    }
}

/// Ends a task that certainly nobody has.
async fn give_up<P: Ports>(ports: &P, task: Task, why: &provider::Error) -> Task {
    let message = format!("{}; your credits were given back", reason(why));
    match settle::end(ports, &task, TaskState::Failed { error: Failure { code: code(&task), message } }).await {
        Ok(task) => task,
        Err(error) => {
            ports.log(&format!("{} ends later: {error}", task.id));
            task
        }
    }
}

/// Why the provider did not take a job, in words the caller can act on. The provider's own are for our log: they may name our account.
fn reason(error: &provider::Error) -> String {
    use provider::Error;
    match error {
        Error::Throttled { retry_after_seconds } => {
            format!("The GPU provider has too much to do; try again in {retry_after_seconds} seconds")
        }
        Error::OutOfCredit | Error::Unauthorized | Error::Unusable(_) => {
            "The GPU provider does not serve this deployment at the moment; its operator has to see to that".to_owned()
        }
        Error::Refused { .. } => "The GPU provider refused the job as it is; change it, or ask the operator".to_owned(),
        Error::NotFound | Error::UnknownVersion => {
            "The GPU provider does not have the model any more; train the character again, or ask the operator"
                .to_owned()
        }
        Error::Unavailable | Error::NotOffered | Error::Ambiguous | Error::Malformed(_) => {
            "The GPU provider is out of order or out of reach; try again later".to_owned()
        }
    }
}

/// A training that nobody takes is refused to its caller, unless it was taken once and lost.
fn code(task: &Task) -> FailureCode {
    match task.failure_code() {
        FailureCode::TrainingFailed if !task.retried => FailureCode::TrainingSubmitFailed,
        code => code,
    }
}

#[cfg(test)]
mod tests;
