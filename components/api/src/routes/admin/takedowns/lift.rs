//! `POST /api/v1/admin/takedowns/{takedown_id}/lift`: it was wrong.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use lifecycle::takedowns::{self, Ended};

use super::{View, find};
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/takedowns/{takedown_id}/lift",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(lift(ports, request)))
}

async fn lift<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let case = find(ports, request.id("takedown_id")).await?;
    match takedowns::lift(ports, &case).await? {
        Ended::Case(case) => Ok(Response::success(StatusCode::OK, View::of(case, ports.now()))),
        Ended::Otherwise(_) => Err(Error::new(Code::TakedownEnded, "Erasing it has begun, which cannot be taken back")),
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "liftTakedown", "Lift a takedown")
        .says(
            "It was wrong: what was suspended is handed out again, and the character can be used again. What was canceled stays canceled. A \
             character whose person took the consent back stays suspended. Safe to repeat.",
        )
        .answers::<View>(200, "The case.")
        .fails(&[Code::NotFound, Code::TakedownEnded])
}
