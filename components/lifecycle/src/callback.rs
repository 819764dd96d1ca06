//! What a provider reports about a job: at least once, in any order, maybe never.
//!
//! The body has to be signed by the provider; the URL, signed by us, says of which task it speaks. A report that moves nothing forward is
//! taken and does nothing.

use domain::{AccountId, ProviderName, Task, TaskId};
use http::HeaderMap;
use provider::{Job, JobState, Output, Provider};
use store::keys;

use crate::{Error, Invalid, Ports, callback_keys, jobs, refresh, stop};

/// Where a callback came in: what its URL, which we signed, says.
#[derive(Debug, Clone)]
pub struct Address<'a> {
    /// Who reports.
    pub provider: ProviderName,
    /// Whose task.
    pub account: AccountId,
    /// Which task.
    pub task: TaskId,
    /// The query as it came: a job names the address that it reports to.
    pub query: &'a str,
}

/// Takes a report.
///
/// # Errors
/// [`Error::Unsigned`], [`Invalid::Input`] for what is no job, and what is to be sent again: [`Error::NotYet`] and what the store answers.
pub async fn receive<P: Ports>(ports: &P, at: &Address<'_>, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    let (name, id) = (at.provider, &at.task);
    let provider = jobs::configured(ports, name)?;
    callback_keys::verify(ports, name, &*provider, headers, body).await?;
    let job = provider.parse_callback(body).map_err(|error| {
        ports.log(&format!("a callback for {id} is no job: {error}"));
        Invalid::Input("The body is not a job".to_owned())
    })?;
    let sent_here = |url: &String| url.split_once('?').is_some_and(|(_, query)| query == at.query);
    if !job.callback_url.as_ref().is_none_or(sent_here) {
        ports.log(&format!("a callback for {id} is about job {}, which reports elsewhere", job.id));
        return Ok(());
    }
    match ports.store().load(&keys::task(&at.account, id)).await? {
        // A hold that was refused leaves no task, and no job either.
        None => ports.log(&format!("a callback names {id}, which is not there")),
        Some(task) if task.provider != name => {
            ports.log(&format!("a callback of {name} is about {id}, which is at {} now", task.provider));
            let made = matches!(job.state, JobState::Succeeded(Output::Model { .. }));
            if made && task.lost.as_ref().is_some_and(|lost| lost.provider == name) {
                stop::enlist(ports, &task, None).await?;
            }
            stop(ports, &*provider, Task { provider: name, ..task }, job).await;
        }
        Some(task) => {
            let job = told(ports, &*provider, &task, job).await?;
            let task = refresh::apply(ports, task, &job).await?;
            // It made something for a task that had ended here: that is to be removed there.
            if task.abandoned_at.is_some() && matches!(job.state, JobState::Succeeded(Output::Model { .. })) {
                stop::enlist(ports, &task, Some(&job.id)).await?;
            }
        }
    }
    Ok(())
}

/// A report in full: one that only says that a job is over is asked for at once.
async fn told<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task, job: Job) -> Result<Job, Error> {
    if job.state != JobState::Finished || !task.open_for(&job.id) {
        return Ok(job);
    }
    let known = Task { job: Some(job.id.clone()), ..task.clone() };
    match jobs::look_up(ports, provider, &known).await {
        Ok(Some(job)) if job.state.is_final() => Ok(job),
        // Sent again, it is asked for again.
        said => Err(Error::NotYet {
            what: "The result cannot be had yet; send it again",
            cause: match said {
                Ok(Some(_)) => format!("{} is said to be over and not to be over", job.id),
                Ok(None) => format!("{} is said to be over and not to be there", job.id),
                Err(error) => format!("{}: {error}", job.id),
            },
        }),
    }
}

/// Stops a job that nobody waits for any more.
async fn stop<P: Ports>(ports: &P, provider: &dyn Provider, task: Task, job: Job) {
    if !job.state.is_final() {
        jobs::cancel(ports, provider, &Task { job: Some(job.id), job_location: job.location, ..task }).await;
    }
}
