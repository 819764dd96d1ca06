//! `POST /api/v1/admin/accounts/{account_id}/resume`: an account that was suspended, and is not any more.

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
    path: "/api/v1/admin/accounts/{account_id}/resume",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(resume(ports, request)))
}

async fn resume<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = set_suspended(ports, request.id("account_id"), None).await?;
    Ok(Response::success(StatusCode::OK, account))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "resumeAccount", "Resume an account")
        .says("It may begin again what costs. Keys that were revoked stay so.")
        .answers::<View>(200, "The account.")
        .fails(&[Code::NotFound])
}
