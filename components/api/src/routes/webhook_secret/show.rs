//! `GET /api/v1/webhook-secret`: what messages are signed with.

use lifecycle::ports::Body;
use lifecycle::{Ports, funds};

use super::secrets;
use crate::Error;
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/webhook-secret", access: Access::UNLIMITED, needs: &[Need::LinkKey] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, _: Request<B>) -> Result<Response, Error> {
    secrets(ports, &funds::document(ports, &customer.account).await?)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    super::describe(ROUTE, "getWebhookSecret", "Get the webhook secret")
}
