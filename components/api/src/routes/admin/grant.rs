//! `POST /api/v1/admin/accounts/{account_id}/grants`: adds credits, once for each `grant_id`.

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
    path: "/api/v1/admin/accounts/{account_id}/grants",
    access: Access::Operator,
    needs: &[],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(grant(ports, request)))
}

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

/// A grant that counts, and the balance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Granted {
    account_id: AccountId,
    grant_id: String,
    /// What can be spent now.
    credits: Credits,
}

async fn grant<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    let wanted: Grant = request.json()?;
    let amount = checks::credits(wanted.credits, 1)?;
    let (name, id) = name_of(ports, "grant_id", wanted.grant_id)?;
    let command = |claim: Claim| Command::Grant { id: id.clone(), amount, claim };
    let operation = operation("grant", &id, &amount.to_string());
    let funds = funds::carry_out_once(ports, &account, &operation, name, command).await??;
    let view = Granted { account_id: account.id, grant_id: id.clone(), credits: funds.balance };
    Ok(Response::success(StatusCode::OK, view))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "grantCredits", "Add credits")
        .says("Once for each `grant_id`: sent again, it changes nothing.")
        .takes::<Grant>(json!({ "credits": 5_000, "grant_id": "invoice-1041" }))
        .answers::<Granted>(200, "The balance.")
        .fails(&[Code::NotFound, Code::IdempotencyMismatch, Code::StoreUnsafe])
}
