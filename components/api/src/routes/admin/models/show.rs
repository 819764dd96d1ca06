//! `GET /api/v1/admin/models`: the deployment's own models.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use serde_json::{Value, json};
use store::keys;

use super::catalogue;
use crate::Error;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/models", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(show(ports, request)))
}

async fn show<P: Ports, B>(ports: &P, _: Request<B>) -> Result<Response, Error> {
    let own = ports.store().read(&keys::catalogue()).await?;
    let own: Value = match own {
        Some(text) => serde_json::from_str(&text).map_err(Error::internal)?,
        None => json!({ "models": [] }),
    };
    Ok(Response::success(StatusCode::OK, own))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getOwnModels", "Get the deployment's own models").answers_with(
        200,
        "The catalogue file.",
        catalogue(),
        &[],
    )
}
