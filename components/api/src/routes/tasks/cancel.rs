//! `POST /api/v1/tasks/{task_id}/cancel`: ends a running task for its owner, who gets its credits back.

use domain::TaskState;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, cancel};

use super::owned;
use crate::auth::Customer;
use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task::{self, View};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/tasks/{task_id}/cancel",
    access: Access::ORDER,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, cancel)))
}

async fn cancel<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let task = owned(ports, &customer, request.id("task_id")).await?;
    let task = cancel::cancel(ports, task).await?;
    if task.state == TaskState::Canceled {
        return Ok(Response::success(StatusCode::OK, task::view(ports, &task)));
    }
    let message = format!("The task is over: it is {}; nothing was changed", task.state.as_str());
    Err(Error::new(Code::TaskEnded, message))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "cancelTask", "Cancel a task")
        .says("Its credits are given back. Safe to repeat.")
        .answers::<View>(200, "The task, canceled.")
        .fails(&[Code::TaskNotFound, Code::TaskEnded])
}
