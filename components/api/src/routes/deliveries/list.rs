//! `GET /api/v1/deliveries`: messages and what became of them, newest first.

use domain::Task;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, history};
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, view};
use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Error, paging};

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/api/v1/deliveries", access: Access::READ, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, list)))
}

/// Some of an account's messages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryPage")]
pub(crate) struct Page {
    /// The messages, newest first.
    deliveries: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

async fn list<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let account = funds::document(ports, &customer.account).await?;
    let told = |task: &Task| task.webhook_url.is_some() && task.state.is_terminal();
    let page = history::tasks(ports, &account, paging::range(&request)?, told).await?;
    let mut deliveries = Vec::new();
    for task in &page.items {
        deliveries.push(view(ports, &account, task).await?);
    }
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Response::success(StatusCode::OK, Page { deliveries, next_cursor }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listDeliveries", "List webhook deliveries")
        .pages("cursor")
        .answers::<Page>(200, "Messages and what became of them, newest first.")
}
