//! `DELETE /api/v1/characters/{character_id}`: everything there is of a person, as far as it can be deleted.

use domain::CharacterId;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::erase;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;

use super::stored;
use crate::auth::Customer;
use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::certificate::{Certificate, Object, Subject};
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
    #[serde(flatten)]
    certificate: Certificate,
}

async fn delete<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let character = stored(ports, &customer.account, request.id("character_id")).await?;
    let report = erase::erase(ports, character).await?;
    let (deleted, character_id) = (report.is_complete(), report.character);
    let objects: Vec<Object> = report.objects.into_iter().map(Object::from).collect();
    let subject = Subject::Character(character_id.clone());
    let certificate = Certificate::sign(ports, &customer.account, subject, deleted, objects.clone()).await?;
    Ok(Response::success(StatusCode::OK, Deleted { character_id, deleted, objects, certificate }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "deleteCharacter", "Delete a character")
        .says(
            "Cancels what is under way and removes the model at the provider, our copy of its weights, the photos, every picture with \
             its prompt, and the stored answers to the requests for them. Safe to repeat. What was paid stays in the ledger.",
        )
        .answers::<Deleted>(200, "What became of each, and the same signed. Where `deleted` is false, send it again.")
        .fails(&[Code::NotFound])
}
