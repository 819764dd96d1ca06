//! Grants and adjustments: credits added to an account or taken off by hand, once for each name.

use domain::{Digest, Operation};
use http::StatusCode;
use ledger::{Claim, Command};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adjust {
    credits: i64,
    reason: String,
    #[serde(default)]
    adjustment_id: Option<String>,
}

pub(super) async fn grant<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Grant = request.json()?;
    let amount = checked_credits(wanted.credits, 1)?;
    let id = name(ports, "grant_id", wanted.grant_id)?;
    let command = |claim: Claim| Command::Grant { id: id.clone(), amount, claim };
    let operation = operation("grant", &id, &amount.to_string());
    let funds = funds::carry_out_once(ports, &account.id, &operation, None, command).await?.map_err(funds::refusal)?;
    let view = json!({ "account_id": account.id, "grant_id": id, "credits": funds.balance });
    Ok(Response::success(StatusCode::OK, view))
}

pub(super) async fn adjust<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Adjust = request.json()?;
    let amount = checked_credits(wanted.credits.unsigned_abs(), 1)?;
    let reason = checked_name("reason", wanted.reason)?;
    let id = name(ports, "adjustment_id", wanted.adjustment_id)?;
    let command = |claim: Claim| {
        let (id, reason) = (id.clone(), reason.clone());
        if wanted.credits > 0 {
            Command::AdjustUp { id, reason, amount, claim }
        } else {
            Command::AdjustDown { id, reason, amount, claim }
        }
    };
    let operation = operation("adjustment", &id, &wanted.credits.to_string());
    let funds = funds::carry_out_once(ports, &account.id, &operation, None, command).await?.map_err(funds::refusal)?;
    let view = json!({ "account_id": account.id, "adjustment_id": id, "credits": funds.balance });
    Ok(Response::success(StatusCode::OK, view))
}

/// The operation's name, or one made for it: then a repetition is another operation.
fn name<P: Ports>(ports: &P, field: &str, given: Option<String>) -> Result<String, Error> {
    match given {
        Some(name) => checked_name(field, name),
        None => Ok(hex::encode(ports.random::<16>())),
    }
}

pub(super) fn operation(kind: &str, id: &str, asked: &str) -> Operation {
    Operation { id: Digest::of_lines([kind, id]), fingerprint: Digest::of_lines([kind, asked]) }
}
