//! `POST /api/v1/admin/takedowns/{takedown_id}/erase`: all there is of it is deleted.

use std::time::Duration;

use domain::takedown::Target;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use lifecycle::takedowns::{self, Ended};
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, find};
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::views::certificate::{Certificate, Object, Subject};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/takedowns/{takedown_id}/erase",
    access: Access::Operator,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// Longest time for one request: below the limit of the platforms. The next one goes on.
const TIME_MAX: Duration = Duration::from_secs(20);

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(erase(ports, request)))
}

/// What was erased.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ErasedTakedown")]
struct Erased {
    takedown: View,
    /// Whether all is gone that can be deleted from here. Otherwise the request is to be sent again.
    deleted: bool,
    /// What became of each thing there was, by all requests for this case and by the sweep together.
    objects: Vec<Object>,
    #[serde(flatten)]
    certificate: Certificate,
}

async fn erase<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let case = find(ports, request.id("takedown_id")).await?;
    let case = match takedowns::erase(ports, &case, ports.now().plus(TIME_MAX)).await? {
        Ended::Case(case) => case,
        Ended::Otherwise(_) => return Err(Error::new(Code::TakedownEnded, "It was lifted; open another one")),
    };
    let deleted = case.is_over();
    let objects: Vec<Object> = case.removed.iter().cloned().map(Object::from).collect();
    let subject = match &case.of.target {
        Target::Character(id) => Subject::Character(id.clone()),
        Target::Task(id) => Subject::Task(id.clone()),
    };
    let certificate = Certificate::sign(ports, &case.of.account, subject, deleted, objects.clone()).await?;
    let takedown = View::of(case, ports.now());
    Ok(Response::success(StatusCode::OK, Erased { takedown, deleted, objects, certificate }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "eraseTakedown", "Erase what is to be taken down")
        .says(
            "Deletes all there is of it, as its owner's deletion of the character, or of the task, does. It goes on where it stopped. Sent again \
             for a case that is erased, also by the sweep, it answers the certificate again.",
        )
        .answers::<Erased>(200, "What became of each, and the same signed. Where `deleted` is false, send it again.")
        .fails(&[Code::NotFound, Code::TakedownEnded])
}
