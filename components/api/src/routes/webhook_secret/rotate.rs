//! `POST /api/v1/webhook-secret/rotate`: replaces the secret; the one before is signed with for a day.

use domain::Account;
use lifecycle::Ports;
use lifecycle::ports::Body;
use store::{Decision, keys};

use super::secrets;
use crate::Error;
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/webhook-secret/rotate",
    access: Access::UNLIMITED,
    needs: &[Need::LinkKey],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, rotate)))
}

async fn rotate<P: Ports, B>(ports: &P, customer: Customer, _: Request<B>) -> Result<Response, Error> {
    let now = ports.now();
    let key = keys::account(&customer.account);
    let update = ports.store().update(&key, |account: &Account| {
        let next = Account { webhook_secret: account.webhook_secret.next(now), ..account.clone() };
        Decision::Write(next.clone(), next)
    });
    secrets(ports, &update.await?)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    super::describe(ROUTE, "rotateWebhookSecret", "Rotate the webhook secret")
}
