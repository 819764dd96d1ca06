//! `POST /api/v1/admin/accounts/{account_id}/adjustments`: adds credits or takes them off, to put something right.

use domain::limits::{GRANT_CREDITS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{AccountId, Credits};
use http::StatusCode;
use ledger::{Claim, Command};
use lifecycle::ports::Body;
use lifecycle::{Ports, funds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{name_of, operation};
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/accounts/{account_id}/adjustments",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(adjust(ports, request)))
}

/// [`GRANT_CREDITS_MAX`], with a sign.
const ADJUSTMENT_MAX: i64 = GRANT_CREDITS_MAX.cast_signed();

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

/// An adjustment that counts, and the balance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Adjusted {
    account_id: AccountId,
    adjustment_id: String,
    /// What can be spent now.
    credits: Credits,
}

async fn adjust<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    let wanted: Adjust = request.json()?;
    let amount = checked_adjustment(wanted.credits)?;
    let reason = checks::name("reason", wanted.reason)?;
    let (name, id) = name_of(ports, "adjustment_id", wanted.adjustment_id)?;
    let command = |claim: Claim| {
        let (id, reason) = (id.clone(), reason.clone());
        if wanted.credits > 0 {
            Command::AdjustUp { id, reason, amount, claim }
        } else {
            Command::AdjustDown { id, reason, amount, claim }
        }
    };
    let operation = operation("adjustment", &id, &wanted.credits.to_string());
    let funds = funds::carry_out_once(ports, &account, &operation, name, command).await??;
    let view = Adjusted { account_id: account.id, adjustment_id: id.clone(), credits: funds.balance };
    Ok(Response::success(StatusCode::OK, view))
}

/// Checks how many credits are added or taken off.
fn checked_adjustment(credits: i64) -> Result<Credits, Error> {
    checks::credits(credits.unsigned_abs(), 1).map_err(|_| {
        let message = format!("`credits`: has to be from -{ADJUSTMENT_MAX} to {ADJUSTMENT_MAX}, and not 0");
        Error::new(Code::InvalidRequest, message)
    })
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "adjustCredits", "Adjust credits")
        .says("Adds credits or takes them off, once for each `adjustment_id`.")
        .takes::<Adjust>(json!({ "credits": -40, "reason": "Granted twice by hand", "adjustment_id": "ticket-77" }))
        .answers::<Adjusted>(200, "The balance.")
        .fails(&[Code::NotFound, Code::InsufficientCredits, Code::IdempotencyMismatch, Code::StoreUnsafe])
}
