//! `GET /api/v1/models`: the models that this deployment's providers have, for everybody.
//!
//! Ours come with the application, a deployment's own from the store: the administrator puts its file there.

use catalogue::{Catalogue, Description, Model};
use domain::MediaKind;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::wire::{Request, Response};
use crate::{Error, Ports};

/// The models that can be run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Models<'a> {
    models: Vec<Description<'a>>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    list(ports, &request).await.unwrap_or_else(Response::from)
}

async fn list<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    request.allow("GET")?;
    let kind = request.choice("type", &MediaKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())?;
    let all = catalogue(ports).await?;
    let wanted = all.models().filter(|model| kind.as_ref().is_none_or(|kind| kind == model.media().as_str()));
    let had = wanted.filter(|model| model.providers().any(|name| ports.config().providers.contains(&name)));
    Ok(Response::success(StatusCode::OK, Models { models: had.map(Model::describe).collect() }))
}

/// All models.
///
/// # Errors
/// What the store answers. A deployment's own file was checked when it was put there.
pub(crate) async fn catalogue<P: Ports>(ports: &P) -> Result<Catalogue, Error> {
    let ours = Catalogue::built_in().map_err(Error::internal)?;
    match ports.store().read(&keys::catalogue()).await? {
        Some(own) => Ok(ours.with(Catalogue::parse(own.as_bytes()).map_err(Error::internal)?)),
        None => Ok(ours),
    }
}
