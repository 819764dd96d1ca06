//! Beginning a task: its credits are held, then the provider is asked.
//!
//! | if we die after | then |
//! |---|---|
//! | writing the task | nobody was charged, nobody knows the task |
//! | the hold | the hold names the task; reconcile asks the provider, finds no job, and releases |
//! | the submission | reconcile or the callback finds the job by the callback URL |
//! | recording the job | nothing is left to do but wait |

use domain::bug::{self, Bug};
use domain::{Failure, FailureCode, Funds, Operation, Task, TaskState};
use ledger::Command;
use provider::{Conversation, Job, Provider};
use store::{Decision, NewKey, keys};

use crate::auth::Customer;
use crate::gpu::Trouble;
use crate::{Error, Ports, funds, gpu, links, reconcile};

/// A task to begin, and who asks for it.
pub(crate) struct Order<'a> {
    /// The task, pending.
    pub(crate) task: Task,
    /// Where it will be.
    pub(crate) key: NewKey<Task>,
    /// Whose credits are held.
    pub(crate) customer: &'a Customer,
    /// The request's name, where its caller gave it one: it begins no second task.
    pub(crate) operation: Option<Operation>,
}

/// A task that was begun, and the account's credits since.
pub(crate) struct Begun {
    /// The task.
    pub(crate) task: Task,
    /// The credits after the hold.
    pub(crate) funds: Funds,
}

/// Holds the task's credits and submits it; `submission` is the conversation that does so, for the callback URL it is given.
///
/// The task comes back processing; still pending when it is not known whether the provider has it; or failed and released when the provider
/// certainly has not.
///
/// # Errors
/// The hold's refusal ([`crate::Code::refuses_the_hold`]), and what the store answers until then. Nothing was submitted: nothing is held, or
/// reconcile releases it. From the submission on there is no error: the caller is told of the task, so that it can be followed.
pub(crate) async fn begin<P: Ports, R: Provider>(
    ports: &P,
    provider: &R,
    order: Order<'_>,
    submission: impl Fn(&R, String) -> Conversation<Job>,
) -> Result<Begun, Error> {
    let callback_url = links::callback(ports.config(), &order.task)?;
    ports.store().create(&order.key, order.task.clone()).await?;
    if bug::on(Bug::SubmitBeforeHold) {
        drop(gpu::converse(ports, submission(provider, callback_url.clone())).await);
    }
    let funds = match hold(ports, &order).await {
        Ok(funds) => funds,
        Err(error) => {
            if error.code.refuses_the_hold() {
                ports.store().discard(order.key.document()).await?;
            }
            return Err(error);
        }
    };
    let mut answer = gpu::converse(ports, submission(provider, callback_url.clone())).await;
    if bug::on(Bug::ResubmitBlindly) && answer.as_ref().is_err_and(|trouble| trouble.error.may_have_been_accepted()) {
        answer = gpu::converse(ports, submission(provider, callback_url.clone())).await;
    }
    let task = match answer {
        Ok(job) => record(ports, provider, order.task, &job).await,
        Err(trouble) => after_failure(ports, provider, order.task, &callback_url, &trouble).await,
    };
    Ok(Begun { task, funds })
}

async fn hold<P: Ports>(ports: &P, order: &Order<'_>) -> Result<Funds, Error> {
    let (task, account) = (&order.task, &order.task.account);
    let command = |claim| Command::Hold {
        task: task.id.clone(),
        amount: task.cost,
        key: order.customer.key.clone(),
        open_max: ports.config().open_tasks_max,
        claim,
    };
    let held = match &order.operation {
        None => {
            funds::ensure_safe(ports).await?;
            funds::carry_out(ports, account, &command(None)).await?
        }
        Some(operation) => {
            funds::carry_out_once(ports, account, operation, Some(&task.id), |claim| command(Some(claim))).await?
        }
    };
    held.map_err(funds::refusal)
}

/// Writes down the provider's job. The job runs, so a store that fails now must not make the caller ask again: the callback or the next
/// look brings the task up to date.
async fn record<P: Ports>(ports: &P, provider: &impl Provider, task: Task, job: &Job) -> Task {
    let now = ports.now();
    let key = keys::task(&task.account, &task.id);
    let written =
        ports.store().update(&key, |current: &Task| match current.heard(&job.id, job.progress_percent, now) {
            Some(next) => Decision::Write(next.clone(), next),
            None => Decision::Keep(current.clone()),
        });
    match written.await {
        Ok(Task { state: TaskState::Failed { error }, .. }) => {
            // It was given up while the provider was asked, so what the provider makes now is nobody's.
            let given_up = Task { job: Some(job.id.clone()), state: TaskState::Failed { error }, ..task };
            gpu::cancel(ports, provider, &given_up).await;
            given_up
        }
        Ok(task) => task,
        Err(error) => {
            ports.log(&format!("the provider's job {} of {} was not recorded: {error}", job.id, task.id));
            task
        }
    }
}

/// Finds out whether a submission that failed was accepted all the same. Only one that certainly was not is given up.
async fn after_failure<P: Ports>(
    ports: &P,
    provider: &impl Provider,
    task: Task,
    callback_url: &str,
    trouble: &Trouble,
) -> Task {
    ports.log(&format!("{} was not submitted: {}", task.id, trouble.error));
    if trouble.error.may_have_been_accepted() {
        match gpu::look_up(ports, provider, &task, callback_url).await {
            Ok(Some(job)) => return record(ports, provider, task, &job).await,
            Ok(None) if trouble.answered => {}
            Ok(None) | Err(_) => return task,
        }
    }
    let failure =
        Failure { code: code(&task), message: format!("{}; your credits were given back", reason(&trouble.error)) };
    match reconcile::end(ports, &task, TaskState::Failed { error: failure }).await {
        Ok(task) => task,
        Err(error) => {
            ports.log(&format!("{} ends later: {}", task.id, error.for_log()));
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
        Error::OutOfCredit | Error::Unauthorized => {
            "The GPU provider does not serve this deployment at the moment; its operator has to see to that".to_owned()
        }
        Error::Refused { .. } => "The GPU provider refused the job as it is; change it, or ask the operator".to_owned(),
        Error::NotFound => {
            "The GPU provider does not have the model any more; train the character again, or ask the operator"
                .to_owned()
        }
        Error::Unavailable | Error::Ambiguous | Error::Malformed(_) => {
            "The GPU provider is out of order or out of reach; try again later".to_owned()
        }
    }
}

fn code(task: &Task) -> FailureCode {
    match task.failure_code() {
        FailureCode::TrainingFailed => FailureCode::TrainingSubmitFailed,
        code => code,
    }
}
