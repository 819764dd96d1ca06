//! `GET /api/v1/admin/takedowns`: the latest cases, with the time that each has left.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, takedowns};
use schemars::JsonSchema;
use serde::Serialize;

use super::View;
use crate::Error;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/takedowns", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(list(ports, request)))
}

/// The latest takedowns.
#[derive(Debug, Serialize, JsonSchema)]
struct Takedowns {
    /// At most 50, the last one first.
    takedowns: Vec<View>,
}

async fn list<P: Ports, B>(ports: &P, _: Request<B>) -> Result<Response, Error> {
    let (cases, now) = (takedowns::latest(ports).await?, ports.now());
    let takedowns = cases.into_iter().map(|case| View::of(case, now)).collect();
    Ok(Response::success(StatusCode::OK, Takedowns { takedowns }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listTakedowns", "List takedowns")
        .says("The latest requests to take something down, and how much of the 48 hours is left to decide each.")
        .answers::<Takedowns>(200, "The latest of them.")
}
