//! Grants and adjustments: credits added to an account or taken off by hand, once for each name.

use domain::limits::{GRANT_CREDITS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{AccountId, Credits, Digest, Operation};
use http::StatusCode;
use ledger::{Claim, Command};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{account, checked_credits, checked_name};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, funds};

/// [`GRANT_CREDITS_MAX`], with a sign.
const ADJUSTMENT_MAX: i64 = GRANT_CREDITS_MAX.cast_signed();

/// Credits for an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    #[schemars(range(min = 1, max = GRANT_CREDITS_MAX))]
    credits: u64,
    /// A name of the caller's own, up to 100 printable characters: it counts once, for ever.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    grant_id: Option<String>,
}

/// Credits added or taken off, to put something right.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adjust {
    /// Not 0; negative takes off.
    #[schemars(range(min = -ADJUSTMENT_MAX, max = ADJUSTMENT_MAX), extend("not" = { "const": 0 }))]
    credits: i64,
    /// 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    reason: String,
    /// As a `grant_id`.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    adjustment_id: Option<String>,
}

/// A grant that counts, and the balance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Granted {
    account_id: AccountId,
    grant_id: String,
    /// What can be spent now.
    credits: Credits,
}

/// An adjustment that counts, and the balance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Adjusted {
    account_id: AccountId,
    adjustment_id: String,
    /// What can be spent now.
    credits: Credits,
}

pub(super) async fn grant<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Grant = request.json()?;
    let amount = checked_credits(wanted.credits, 1)?;
    let id = name(ports, "grant_id", wanted.grant_id)?;
    let command = |claim: Claim| Command::Grant { id: id.clone(), amount, claim };
    let operation = operation("grant", &id, &amount.to_string());
    let funds = funds::carry_out_once(ports, &account.id, &operation, None, command).await?.map_err(funds::refusal)?;
    let view = Granted { account_id: account.id, grant_id: id.clone(), credits: funds.balance };
    Ok(Response::success(StatusCode::OK, view))
}

pub(super) async fn adjust<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Adjust = request.json()?;
    let amount = checked_adjustment(wanted.credits)?;
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
    let view = Adjusted { account_id: account.id, adjustment_id: id.clone(), credits: funds.balance };
    Ok(Response::success(StatusCode::OK, view))
}

/// Checks how many credits are added or taken off.
fn checked_adjustment(credits: i64) -> Result<Credits, Error> {
    checked_credits(credits.unsigned_abs(), 1).map_err(|_| {
        let message = format!("`credits`: has to be from -{ADJUSTMENT_MAX} to {ADJUSTMENT_MAX}, and not 0");
        Error::new(Code::InvalidRequest, message)
    })
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
