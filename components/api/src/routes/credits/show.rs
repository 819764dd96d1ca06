//! `GET /api/v1/credits`: what can be spent now.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/api/v1/credits", access: Access::READ, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

/// An account's credits as their owner sees them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub(crate) struct View {
    /// What can be spent now.
    credits: u64,
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, _: Request<B>) -> Result<Response, Error> {
    let funds = funds::load(ports, &customer.account).await?;
    Ok(Response::success(StatusCode::OK, View { credits: funds.balance.amount() }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getCredits", "Get the balance").answers::<View>(200, "What can be spent now.")
}
