//! `PUT /api/v1/admin/models`: replaces the deployment's own models.

use catalogue::{Catalogue, Trainers};
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::keys;

use super::catalogue;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Put, path: "/api/v1/admin/models", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(replace(ports, request)))
}

/// Largest catalogue file, in bytes: one value of the store has to take it, as text.
const FILE_BYTES_MAX: usize = 100_000;

/// A catalogue that was taken.
#[derive(Serialize, JsonSchema)]
pub(crate) struct OwnModels {
    /// How many models it has.
    models: usize,
    /// How many trainers.
    trainers: usize,
}

async fn replace<P: Ports, B: Body>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    if request.content.bytes().len() > FILE_BYTES_MAX {
        return Err(Error::new(Code::PayloadTooLarge, format!("The file is larger than {FILE_BYTES_MAX} bytes")));
    }
    let text = request.content.text()?.into_owned();
    let invalid = |invalid: catalogue::Error| Error::new(Code::InvalidRequest, invalid.to_string());
    let own = Catalogue::parse(text.as_bytes()).map_err(invalid)?;
    let trainers = Trainers::parse(text.as_bytes()).map_err(invalid)?;
    ports.store().write(&keys::catalogue(), &text).await?;
    Ok(Response::success(StatusCode::OK, OwnModels { models: own.models().count(), trainers: trainers.iter().count() }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "putOwnModels", "Replace the deployment's own models")
        .says("A catalogue file of at most 100,000 bytes. A model of a built-in one's id replaces it.")
        .takes_content(catalogue(), true, Some(json!({ "models": [] })))
        .answers::<OwnModels>(200, "It counts from now on.")
}
