//! `POST /api/v1/webhooks/{provider}`: what a provider reports about a job.
//!
//! At least once, in any order, maybe never. The body has to be signed by the provider, and the URL by us: the one says that the provider
//! speaks, the other of which task. The body is read only where the URL is ours: strangers cannot fill the memory of an instance. 5xx is
//! answered only so that the provider tries again.

use domain::ProviderName;
use http::StatusCode;
use lifecycle::callback::{self, Address};
use lifecycle::ports::Body;
use lifecycle::{Ports, links};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::body::{self, REPORT_BYTES_MAX};
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/webhooks/{provider}",
    access: Access::Link,
    needs: &[Need::Store, Need::Links, Need::Providers, Need::Manifests, Need::Callbacks, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(receive(ports, request)))
}

/// A report that was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TakenCallback")]
pub(crate) struct Taken {}

async fn receive<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let provider: ProviderName =
        request.id("provider").ok_or_else(|| Error::new(Code::NotFound, "No such provider"))?;
    let parameter = |name| request.parameter(name).unwrap_or_default();
    let (account, task, mac) = (parameter("account"), parameter("task"), parameter("mac"));
    let named = links::verified_callback(ports.config(), provider, &account, &task, &mac)?;
    let (account, task) = named.ok_or(lifecycle::Error::Unsigned)?;
    body::read(ports, &mut request, REPORT_BYTES_MAX).await?;
    request.content.check_report()?;
    let address = Address { provider, account, task, query: &request.query };
    callback::receive(ports, &address, &request.headers, request.content.bytes()).await?;
    Ok(Response::success(StatusCode::OK, Taken {}))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let text = || json!({ "type": "string" });
    Description::of(ROUTE, "takeCallback", "Receive a provider's webhook")
        .says("Signed by the provider as its own documents have it, under a URL that was made here. At most 10 MiB.")
        .takes_content(
            Content::Schema(json!({ "type": "object", "description": "A job, as the provider has it." })),
            true,
            None,
        )
        .query("account", "As the link has it.", text())
        .query("task", "As the link has it.", text())
        .query("mac", "As the link has it.", text())
        .answers::<Taken>(200, "It was taken.")
        .fails(&[Code::InvalidSignature, Code::NotFound, Code::ProviderUnavailable])
}
