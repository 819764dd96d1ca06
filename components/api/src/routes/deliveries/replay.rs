//! `POST /api/v1/deliveries/{task_id}/replay`: sends a message again, now.

use domain::TaskId;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, notify, settle};
use store::keys;

use super::{View, view};
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/deliveries/{task_id}/replay",
    access: Access::ORDER,
    needs: &[Need::Links, Need::Providers, Need::Anywhere],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, replay)))
}

async fn replay<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let not_found = || Error::new(Code::TaskNotFound, "There is no task with a webhook_url that has ended and this id");
    let (account, task) = (&customer.account, request.id::<TaskId>("task_id").ok_or_else(not_found)?);
    let task = ports.store().load(&keys::task(account, &task)).await?;
    let task = task.filter(|task| task.webhook_url.is_some() && task.state.is_terminal()).ok_or_else(not_found)?;
    let task = customer.owns(task)?;
    if notify::is_expired(&task, ports.now()) {
        return Err(Error::new(Code::ResultExpired, "Messages can be sent again for 7 days; this one is too old"));
    }
    // Whoever ended it may have died before settling it, and nothing is told that is not settled.
    settle::settle(ports, &task).await?;
    notify::attempt(ports, &task).await?;
    let account = funds::document(ports, account).await?;
    Ok(Response::success(StatusCode::OK, view(ports, &account, &task).await?))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "replayDelivery", "Replay a delivery")
        .answers::<View>(200, "What became of it.")
        .fails(&[Code::TaskNotFound, Code::ResultExpired])
}
