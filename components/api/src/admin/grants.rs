//! Grants: credits added to an account, once for each grant id.

use http::StatusCode;
use ledger::Command;
use serde::Deserialize;
use serde_json::json;

use super::{account, checked_credits, checked_name};
use crate::wire::{Request, Response};
use crate::{Error, Ports, funds};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    credits: u64,
    #[serde(default)]
    grant_id: Option<String>,
}

pub(super) async fn grant<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Grant = request.json()?;
    let amount = checked_credits(wanted.credits, 1)?;
    let grant_id = match wanted.grant_id {
        Some(grant_id) => checked_name("grant_id", grant_id)?,
        None => hex::encode(ports.random::<16>()),
    };
    let funds = funds::carry_out(ports, &account.id, &Command::Grant { id: grant_id.clone(), amount }).await?;
    Ok(Response::success(
        StatusCode::OK,
        json!({ "account_id": account.id, "grant_id": grant_id, "credits": funds.balance }),
    ))
}
