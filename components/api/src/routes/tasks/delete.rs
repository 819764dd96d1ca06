//! `DELETE /api/v1/tasks/{task_id}`: what a task made and what it was asked.

use domain::TaskId;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::erase::task;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;

use super::owned;
use crate::auth::Customer;
use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::certificate::{Certificate, Object, Subject};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Delete,
    path: "/api/v1/tasks/{task_id}",
    access: Access::DELETE,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, delete)))
}

/// What became of a task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeletedTask")]
pub(crate) struct Deleted {
    /// The task.
    id: TaskId,
    /// Whether all is gone, and its job can make nothing any more. Otherwise the request is to be sent again.
    deleted: bool,
    /// How many files were removed; none where that was done before.
    files: usize,
    /// How many uploads and pictures of the request it was given, which are removed as well; none where that was done before.
    uploads: usize,
    /// What remains, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    certificate: Certificate,
}

async fn delete<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let task = owned(ports, &customer, request.id("task_id")).await?;
    let erased = task::erase(ports, task).await?;
    let erased = erased.ok_or_else(|| Error::new(Code::TaskRunning, "The task is under way; cancel it first"))?;
    let (id, files, uploads) = (erased.task.id.clone(), erased.files, erased.uploads);
    let deleted = !erased.at_provider.again();
    let objects: Vec<Object> = erased.objects().into_iter().map(Object::from).collect();
    let reason = objects.iter().find_map(|object| object.reason.clone());
    let subject = Subject::Task(id.clone());
    let certificate = Certificate::sign(ports, &customer.account, subject, deleted, objects).await?;
    Ok(Response::success(StatusCode::OK, Deleted { id, deleted, files, uploads, reason, certificate }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "deleteTask", "Delete the results of a task")
        .says(
            "Removes its files, its prompt and parameters, its `webhook_url` and the stored answer to its request, and what its provider \
             keeps of it, where that can be removed. The uploads that it was given go with it, also where another task uses them. Safe to repeat. The task stays in the list, with what it cost; a training's character \
             stays, too: delete that.",
        )
        .answers::<Deleted>(200, "What became of it, and the same signed. Where `deleted` is false, send it again.")
        .fails(&[Code::TaskNotFound, Code::TaskRunning])
}
