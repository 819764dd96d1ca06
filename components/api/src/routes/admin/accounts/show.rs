//! `GET /api/v1/admin/accounts/{account_id}`: an account and its funds.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;

use super::View;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/accounts/{account_id}", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(show(ports, request)))
}

async fn show<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    Ok(Response::success(StatusCode::OK, View::from(account)))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getAccount", "Get an account")
        .answers::<View>(200, "The account and its funds.")
        .fails(&[Code::NotFound])
}
