//! `GET /api/v1/tasks/{task_id}`: one task, brought up to date.

use domain::TaskId;
use lifecycle::ports::Body;
use lifecycle::{Ports, refresh, shown};

use super::owned;
use crate::auth::Customer;
use crate::live::{self, Live};
use crate::needs::Need;
use crate::news::Seen;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task::{self, View};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/tasks/{task_id}",
    access: Access::READ,
    needs: &[Need::Links, Need::Providers, Need::Manifests, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response<Live<P>>, Error> {
    let id = request.id("task_id");
    live::answer(ports, &request, move |ports| Box::pin(look(ports, customer.clone(), id.clone()))).await
}

async fn look<P: Ports>(ports: &P, customer: Customer, id: Option<TaskId>) -> Result<Seen<View>, Error> {
    let task = owned(ports, &customer, id).await?;
    let task = refresh::refresh(ports, task, refresh::STALE_AFTER).await?;
    let news = (!task.state.is_terminal()).then_some((task.state.as_str(), task.progress_percent));
    let shown = shown::task(ports, task).await?;
    Ok(Seen { told: task::view(ports, &shown), news })
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    live::described(Description::of(ROUTE, "getTask", "Get a task"))
        .says("Brought up to date: a task that was not heard of for 20 seconds is asked about at its provider.")
        .answers_with(200, "The task.", Content::live::<View>(), &[])
        .fails(&[Code::TaskNotFound])
}
