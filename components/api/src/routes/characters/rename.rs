//! `PATCH /api/v1/characters/{character_id}`: another name for a character.

use domain::Character;
use domain::limits::{NAME_CHARS_MAX, PRINTABLE};
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{Decision, keys};

use super::{View, not_found, owned};
use crate::auth::Customer;
use crate::live::Live;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Patch, path: "/api/v1/characters/{character_id}", access: Access::TRAIN, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, rename)))
}

/// What may be changed of a character.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RenameCharacter")]
pub(crate) struct Rename {
    /// Display name: 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    name: String,
}

async fn rename<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let account = &customer.account;
    let Rename { name } = request.json()?;
    let name = checks::name("name", name)?;
    let character = owned(ports, account, request.id("character_id")).await?;
    let key = keys::character(account, &character.id);
    let update = ports.store().update(&key, |current: &Character| {
        if current.is_deleted() {
            return Decision::Keep(None);
        }
        let renamed = Character { name: name.clone(), ..current.clone() };
        Decision::Write(renamed.clone(), Some(renamed))
    });
    let renamed = update.await?.ok_or_else(not_found)?;
    Ok(Response::success(StatusCode::OK, View::from(renamed)))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "renameCharacter", "Rename a character")
        .takes::<Rename>(json!({ "name": "Sarah B." }))
        .answers::<View>(200, "The character.")
        .fails(&[Code::NotFound])
}
