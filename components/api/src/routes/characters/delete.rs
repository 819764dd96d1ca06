//! `DELETE /api/v1/characters/{character_id}`: everything there is of a person, as far as it can be deleted.

use domain::CharacterId;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::erase::{self, Outcome, Report};
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;

use super::stored;
use crate::auth::Customer;
use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Delete,
    path: "/api/v1/characters/{character_id}",
    access: Access::DELETE,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, delete)))
}

/// What became of a character.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletedCharacter")]
pub(crate) struct Deleted {
    character_id: CharacterId,
    /// Whether all is gone that can be deleted from here, and no job can make anything any more. Otherwise the request is to be sent again.
    deleted: bool,
    /// What became of each thing there was.
    objects: Vec<Object>,
}

/// What became of one thing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletedObject")]
struct Object {
    #[schemars(extend("enum" = ["character", "running_tasks", "provider_jobs", "provider_model", "provider_inputs", "weights", "photos", "results", "uploads", "provider_results"]))]
    object: &'static str,
    /// `none`: there was none, or it was deleted before.
    #[schemars(extend("enum" = ["deleted", "none", "remains"]))]
    outcome: &'static str,
    /// How many there were, where there can be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    /// Why it remains, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

async fn delete<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let character = stored(ports, &customer.account, request.id("character_id")).await?;
    let report = erase::erase(ports, character).await?;
    Ok(Response::success(StatusCode::OK, Deleted::from(report)))
}

impl From<Report> for Deleted {
    fn from(report: Report) -> Self {
        Self {
            deleted: report.is_complete(),
            character_id: report.character,
            objects: report.objects.into_iter().map(Object::from).collect(),
        }
    }
}

impl From<erase::Object> for Object {
    fn from(object: erase::Object) -> Self {
        let (outcome, reason) = match object.outcome {
            Outcome::Deleted => ("deleted", None),
            Outcome::None => ("none", None),
            Outcome::Remains { reason, .. } => ("remains", Some(reason)),
        };
        Self { object: object.name, outcome, count: object.count, reason }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "deleteCharacter", "Delete a character")
        .says(
            "Cancels what is under way and removes the model at the provider, our copy of its weights, the photos, every picture with \
             its prompt, and the stored answers to the requests for them. Safe to repeat. What was paid stays in the ledger.",
        )
        .answers::<Deleted>(200, "What became of each. Where `deleted` is false, send it again.")
        .fails(&[Code::NotFound])
}
