//! `POST /api/v1/webhooks/:provider`: what a provider reports about a job.
//!
//! At least once, in any order, maybe never. The body has to be signed by the provider, and the URL by us: the one says that the provider
//! speaks, the other of which task. A report that moves nothing forward is taken and does nothing; 5xx is answered only so that the provider
//! tries again.

use domain::bug::{self, Bug};
use domain::{AccountId, TaskId};
use http::StatusCode;
use provider::Provider;
use serde_json::json;
use store::keys;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, gpu, links, reconcile};

/// Largest body of a callback, in bytes: a training's carries its whole log.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

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
    let (account, id) = named_task(ports, request)?;
    let body = request.body()?;
    let provider = gpu::configured(ports.config())?;
    if let Err(rejection) = provider.verify_callback(&request.headers, body, ports.now())
        && !bug::on(Bug::BelieveAnyone)
    {
        ports.log(&format!("a callback was refused: {rejection}"));
        return Err(unsigned());
    }
    let job = provider
        .parse_callback(body)
        .map_err(|error| Error::new(Code::InvalidRequest, "The body is not a job").because(error))?;
    let sent_here = |url: &String| url.split_once('?').is_some_and(|(_, query)| query == request.query);
    if !job.callback_url.as_ref().is_none_or(sent_here) && !bug::on(Bug::IgnoreJobId) {
        ports.log(&format!("a callback for {id} is about job {}, which reports elsewhere", job.id));
        return Ok(Response::success(StatusCode::OK, json!({})));
    }
    match ports.store().load(&keys::task(&account, &id)).await? {
        // A hold that was refused leaves no task, and no job either.
        None => ports.log(&format!("a callback names {id}, which is not there")),
        Some(task) => {
            reconcile::apply(ports, task, &job).await?;
        }
    }
    Ok(Response::success(StatusCode::OK, json!({})))
}

/// The account and task the URL names.
fn named_task<P: Ports>(ports: &P, request: &Request) -> Result<(AccountId, TaskId), Error> {
    let provider = request.segment(3);
    if provider != gpu::REPLICATE {
        return Err(Error::new(Code::NotFound, "No such provider"));
    }
    links::verified_callback(ports.config(), provider, request)?.ok_or_else(unsigned)
}

fn unsigned() -> Error {
    Error::new(Code::InvalidSignature, "The signature is missing, wrong or too old")
}
