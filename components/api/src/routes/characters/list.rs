//! `GET /api/v1/characters`: an account's characters, newest first.
//!
//! Each was given a number before it was written. A number without a character is one that came to nothing.

use domain::{Character, CharacterState};
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::keys;

use super::{STATUSES, View};
use crate::auth::Customer;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Error, paging};

/// Where it is.
pub(crate) const ROUTE: Route = Route { verb: Verb::Get, path: "/api/v1/characters", access: Access::READ, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, list)))
}

/// Some of an account's characters.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CharacterPage")]
pub(crate) struct Page {
    /// The characters, newest first.
    characters: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

async fn list<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let (id, range) = (&customer.account, paging::range(&request)?);
    let status = request.choice("status", &STATUSES)?;
    // Before the characters: one that has no hold by then and trains all the same may still be refused.
    let funds = funds::load(ports, id).await?;
    let told = |character: &Character| match character.state {
        CharacterState::Training => character.is_confirmed() || funds.holds.contains_key(&character.training),
        CharacterState::AwaitingConsent
        | CharacterState::Ready { .. }
        | CharacterState::Referenced
        | CharacterState::Failed { .. } => true,
        CharacterState::Deleted { .. } => false,
    };
    let last = ports.store().count(keys::characters(id)).await?;
    let is_wanted = |character: &Character| {
        status.as_ref().is_none_or(|status| status == character.state.as_str()) && customer.reaches(Some(&character.id))
    };
    let read = async |n| {
        let Some(character) = ports.store().read(&keys::listed(id, n)).await? else { return Ok(None) };
        let character = ports.store().load(&keys::character(id, &character)).await?.filter(told);
        Ok(character.filter(is_wanted).map(View::from))
    };
    let (characters, next_cursor) = paging::numbered(range, last, read).await?;
    Ok(Response::success(StatusCode::OK, Page { characters, next_cursor }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listCharacters", "List characters")
        .query("status", "Only those that are this.", json!({ "type": "string", "enum": STATUSES }))
        .pages("cursor")
        .answers::<Page>(200, "Some of them, newest first. A page can be short and have a next one all the same.")
}
