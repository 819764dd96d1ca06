//! `GET /api/v1/characters`: an account's characters, newest first.
//!
//! Each was given a number before it was written. A number without a character is one that came to nothing.

use domain::{AccountId, Character, CharacterState};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::auth::Customer;
use crate::character::View;
use crate::history::Range;
use crate::wire::{Request, Response};
use crate::{Error, Ports, auth, funds};

/// Most numbers that are looked at for one answer; a page can be short, and the next one goes on.
const NUMBERS_MAX: u64 = 300;

/// What a character can be.
pub(crate) const STATUSES: [&str; 3] = ["training", "ready", "failed"];

/// Some of an account's characters.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CharacterPage")]
pub struct Page {
    /// The characters, newest first.
    characters: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let run = async |customer: Customer| list(ports, &request, &customer.account).await;
    auth::serve(ports, &request, "GET", run).await
}

async fn list<P: Ports>(ports: &P, request: &Request, id: &AccountId) -> Result<Response, Error> {
    let range = Range::wanted(request)?;
    let status = request.choice("status", &STATUSES)?;
    // Before the characters: one that has no hold by then and trains all the same may still be refused.
    let funds = funds::load(ports, id).await?;
    let told = |character: &Character| match character.state {
        CharacterState::Training => funds.holds.contains_key(&character.training),
        CharacterState::Ready { .. } | CharacterState::Failed { .. } => true,
        CharacterState::Deleted { .. } => false,
    };
    let last = ports.store().count(keys::characters(id)).await?;
    let first = last.saturating_add(1).min(range.before);
    let (mut characters, mut next_cursor) = (Vec::new(), None);
    for n in (1..first).rev() {
        if characters.len() >= range.limit || first.saturating_sub(n) > NUMBERS_MAX {
            next_cursor = Some(n.saturating_add(1).to_string());
            break;
        }
        let Some(character) = ports.store().read(&keys::listed(id, n)).await? else { continue };
        let character = ports.store().load(&keys::character(id, &character)).await?.filter(told);
        let wanted =
            character.filter(|character| status.as_ref().is_none_or(|status| status == character.state.as_str()));
        characters.extend(wanted.map(View::from));
    }
    Ok(Response::success(StatusCode::OK, Page { characters, next_cursor }))
}
