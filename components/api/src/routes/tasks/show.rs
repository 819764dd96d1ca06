//! `GET /api/v1/tasks/{task_id}`: one task, brought up to date.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, refresh};

use super::owned;
use crate::auth::Customer;
use crate::needs::Need;
use crate::news::{self, Seen};
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task::{self, View};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/tasks/{task_id}",
    access: Access::Customer,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let look = async || {
        let task = owned(ports, &customer.account, request.id("task_id")).await?;
        let told = refresh::refresh(ports, task, refresh::STALE_AFTER).await?;
        let news = (!told.state.is_terminal()).then_some((told.state.as_str(), told.progress_percent));
        Ok(Seen { told, news })
    };
    let task = news::wait_for(ports, &request, look).await?;
    Ok(Response::success(StatusCode::OK, task::view(ports, &task)))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    news::described(Description::of(ROUTE, "getTask", "Get a task"))
        .says("Brought up to date: a task that was not heard of for 20 seconds is asked about at its provider.")
        .answers::<View>(200, "The task.")
        .fails(&[Code::TaskNotFound])
}
