//! `POST /api/v1/admin/accounts/{account_id}/suspend`: an account that begins nothing new.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;

use super::{View, set_suspended};
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/accounts/{account_id}/suspend",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(suspend(ports, request)))
}

async fn suspend<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = set_suspended(ports, request.id("account_id"), Some(ports.now())).await?;
    Ok(Response::success(StatusCode::OK, account))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "suspendAccount", "Suspend an account")
        .says("Its keys are refused with 403 `ACCOUNT_SUSPENDED` on everything that costs or keeps files here; reads still work. What is under way goes on and is settled.")
        .answers::<View>(200, "The account.")
        .fails(&[Code::NotFound])
}
