//! `POST /api/v1/admin/accounts`: opens an account, with credits if wanted.

use domain::limits::{GRANT_CREDITS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{Account, AccountId, Credits, Funds, Timestamp, Usage};
use http::StatusCode;
use ledger::{Claim, Command};
use lifecycle::Ports;
use lifecycle::funds::ensure_safe;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{NewKey, keys};

use super::View;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::routes::admin::operation;
use crate::wire::{Request, Response};
use crate::{Code, Error, checks};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/api/v1/admin/accounts", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(create(ports, request)))
}

/// The name of the grant an account is opened with.
const OPENING: &str = "opening";

/// What opens an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OpenAccount")]
pub(crate) struct Open {
    /// 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    name: String,
    /// What it begins with; nothing unless told.
    #[schemars(range(max = GRANT_CREDITS_MAX))]
    credits: Option<u64>,
    /// Most requests of a day, where it is not what the deployment says.
    #[schemars(range(max = u32::MAX))]
    requests_per_day: Option<u32>,
}

async fn create<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let wanted: Open = request.json()?;
    let name = checks::name("name", wanted.name)?;
    let amount = checks::credits(wanted.credits.unwrap_or_default(), 0)?;
    ensure_safe(ports).await?;
    let account = open(ports, keys::new_account(ports.random()), name, amount, wanted.requests_per_day).await?;
    Ok(Response::success(StatusCode::CREATED, View::from(account)))
}

/// Opens an account under a new id.
pub(super) async fn open<P: Ports>(
    ports: &P,
    (id, key, usage): (AccountId, NewKey<Account>, NewKey<Usage>),
    name: String,
    amount: Credits,
    requests_per_day: Option<u32>,
) -> Result<Account, Error> {
    let now = ports.now();
    let funds = funds(&id, amount, now)?;
    let account = Account::new(id, name, now, funds);
    // Listed first: an account that no sweep goes over could keep a hold for ever.
    let n = ports.store().next(keys::OPENED).await?;
    ports.store().write(&keys::opened(n), &account.id).await?;
    ports.store().create(&usage, Usage::new(requests_per_day)).await?;
    ports.store().create(&key, account.clone()).await?;
    Ok(account)
}

/// The first credits of an account.
fn funds(account: &AccountId, amount: Credits, now: Timestamp) -> Result<Funds, Error> {
    let funds = ledger::open(account);
    if amount == Credits::ZERO {
        return Ok(funds);
    }
    let operation = operation("grant", OPENING, &amount.to_string());
    let first = Command::Grant { id: OPENING.to_owned(), amount, claim: Claim { operation, looked: 0 } };
    let granted = ledger::decide(&funds, &first, now).map_err(Error::internal)?;
    Ok(granted.unwrap_or(funds))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "openAccount", "Open an account")
        .takes::<Open>(json!({ "name": "Sarah's studio", "credits": 1_000 }))
        .answers::<View>(201, "The account.")
        .fails(&[Code::StoreUnsafe])
}
