//! `POST /api/v1/webhooks/:provider`: what a provider reports about a job.
//!
//! At least once, in any order, maybe never. The body has to be signed by the provider, and the URL by us: the one says that the provider
//! speaks, the other of which task. A report that moves nothing forward is taken and does nothing; 5xx is answered only so that the provider
//! tries again.

use domain::bug::{self, Bug};
use domain::{AccountId, ProviderName, Task, TaskId};
use http::StatusCode;
use provider::{Job, JobState, Provider};
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, callback_keys, gpu, links, reconcile};

/// Largest body of a callback, in bytes: a training's carries its whole log.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A report that was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TakenCallback")]
pub struct Taken {}

/// Admits a request by its URL, before its body is read.
///
/// # Errors
/// [`Code::MethodNotAllowed`], [`Code::NotFound`] for an unknown provider, [`Code::InvalidSignature`] for a link we did not make.
pub fn admit<P: Ports>(ports: &P, request: &Request) -> Result<(), Error> {
    request.allow("POST")?;
    named_task(ports, request).map(drop)
}

/// Handles a request that was admitted.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    receive(ports, &request).await.unwrap_or_else(Response::from)
}

async fn receive<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let (name, account, id) = named_task(ports, request)?;
    let provider = gpu::configured(ports.config(), name)?;
    match callback_keys::verify(ports, name, &*provider, request).await {
        Err(_) if bug::on(Bug::BelieveAnyone) => {}
        verified => verified?,
    }
    let job = provider
        .parse_callback(request.body()?)
        .map_err(|error| Error::new(Code::InvalidRequest, "The body is not a job").because(error))?;
    let sent_here = |url: &String| url.split_once('?').is_some_and(|(_, query)| query == request.query);
    if !job.callback_url.as_ref().is_none_or(sent_here) && !bug::on(Bug::IgnoreJobId) {
        ports.log(&format!("a callback for {id} is about job {}, which reports elsewhere", job.id));
        return Ok(Response::success(StatusCode::OK, Taken {}));
    }
    match ports.store().load(&keys::task(&account, &id)).await? {
        // A hold that was refused leaves no task, and no job either.
        None => ports.log(&format!("a callback names {id}, which is not there")),
        Some(task) if task.provider != name => {
            ports.log(&format!("a callback of {name} is about {id}, which is at {} now", task.provider));
            stop(ports, &*provider, Task { provider: name, ..task }, job).await;
        }
        Some(task) => {
            let job = told(ports, &*provider, &task, job).await?;
            reconcile::apply(ports, task, &job).await?;
        }
    }
    Ok(Response::success(StatusCode::OK, Taken {}))
}

/// A report in full: one that only says that a job is over is asked for at once.
async fn told<P: Ports>(ports: &P, provider: &dyn Provider, task: &Task, job: Job) -> Result<Job, Error> {
    if job.state != JobState::Finished || !task.open_for(&job.id) {
        return Ok(job);
    }
    let known = Task { job: Some(job.id.clone()), ..task.clone() };
    match gpu::look_up(ports, provider, &known).await {
        Ok(Some(job)) if job.state.is_final() => Ok(job),
        // Sent again, it is asked for again.
        said => {
            let message = "The result cannot be had yet; send it again";
            Err(Error::new(Code::ProviderUnavailable, message).because(format!("{}: {said:?}", job.id)))
        }
    }
}

/// Stops a job that nobody waits for any more.
async fn stop<P: Ports>(ports: &P, provider: &dyn Provider, task: Task, job: Job) {
    if !job.state.is_final() {
        gpu::cancel(ports, provider, &Task { job: Some(job.id), job_location: job.location, ..task }).await;
    }
}

/// The provider, account and task the URL names.
fn named_task<P: Ports>(ports: &P, request: &Request) -> Result<(ProviderName, AccountId, TaskId), Error> {
    let name: ProviderName = request.segment(3).parse().map_err(|_| Error::new(Code::NotFound, "No such provider"))?;
    let named = links::verified_callback(ports.config(), name, request)?;
    let (account, id) = named.ok_or_else(callback_keys::unsigned)?;
    Ok((name, account, id))
}
