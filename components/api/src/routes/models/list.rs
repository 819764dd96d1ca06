//! `GET /api/v1/models`: the models that this deployment's providers have, for everybody.

use catalogue::{Description as Shown, Model};
use domain::MediaKind;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, models};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::Error;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/models",
    access: Access::Anyone,
    needs: &[Need::Store, Need::ProviderNames],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(list(ports, request)))
}

/// The models that can be run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Models<'a> {
    models: Vec<Shown<'a>>,
}

async fn list<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let kind = request.choice("type", &MediaKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())?;
    let all = models::catalogue(ports).await?;
    let wanted = all.models().filter(|model| kind.as_ref().is_none_or(|kind| kind == model.media().as_str()));
    let had = wanted.filter(|model| model.providers().any(|name| ports.config().providers.contains(&name)));
    Ok(Response::success(StatusCode::OK, Models { models: had.map(Model::describe).collect() }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listModels", "List models")
        .query("type", "Only those that make this.", json!({ "type": "string", "enum": MediaKind::ALL }))
        .answers::<Models>(200, "The models that the deployment's providers have.")
}
