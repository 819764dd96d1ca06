//! `GET /api/v1/models`: the models that this deployment's providers have, for everybody.

use catalogue::{Catalogue, Description as Shown, Model, Purpose};
use domain::{MediaKind, ProviderName};
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
    /// What cannot be done here, of what the models of a catalogue are for; empty where all of it can.
    missing: Vec<Missing>,
}

/// Something that no model here is for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MissingModelKind")]
struct Missing {
    kind: Purpose,
    /// Why, and what the operator can do about it.
    reason: String,
}

async fn list<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let kind = request.choice("type", &MediaKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())?;
    let all = models::catalogue(ports).await?;
    let is_wanted = |media: MediaKind| kind.as_ref().is_none_or(|kind| kind == media.as_str());
    let had = all.models().filter(|model| has(&ports.config().providers, model) && is_wanted(model.media()));
    let models = had.map(Model::describe).collect();
    let missing = missing(&all, &ports.config().providers).filter(|missing| is_wanted(missing.kind.media())).collect();
    Ok(Response::success(StatusCode::OK, Models { models, missing }))
}

/// Whether one of these providers has it.
fn has(providers: &[ProviderName], model: &Model) -> bool {
    model.providers().any(|name| providers.contains(&name))
}

/// What none of these providers has a model for.
fn missing<'a>(all: &'a Catalogue, providers: &'a [ProviderName]) -> impl Iterator<Item = Missing> + 'a {
    let is_missing =
        |purpose: &Purpose| !all.models().any(|model| model.purpose() == Some(*purpose) && has(providers, model));
    let names: Vec<&str> = providers.iter().map(|name| name.as_str()).collect();
    let reason = format!(
        "no model of this deployment's providers ({}) is for it; its operator can name one in a catalogue of their own, or add a provider",
        names.join(", ")
    );
    Purpose::ALL.into_iter().filter(is_missing).map(move |kind| Missing { kind, reason: reason.clone() })
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listModels", "List models")
        .query("type", "Only those that make this.", json!({ "type": "string", "enum": MediaKind::ALL }))
        .answers::<Models>(200, "The models that the deployment's providers have, and what they have none for.")
}
