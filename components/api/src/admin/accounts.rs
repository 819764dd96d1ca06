//! Accounts: opened with credits if wanted, and shown.

use domain::limits::{GRANT_CREDITS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{Account, AccountId, Credits, Funds, Timestamp, Usage};
use http::StatusCode;
use ledger::{Claim, Command};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grants::operation;
use super::{account, checked_credits, checked_name};
use crate::wire::{Request, Response};
use crate::{Error, Ports};

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
    /// What it begins with.
    #[serde(default)]
    #[schemars(range(max = GRANT_CREDITS_MAX))]
    credits: u64,
    /// Most requests of a day, where it is not what the deployment says.
    #[schemars(range(max = u32::MAX))]
    requests_per_day: Option<u32>,
}

/// An account and its funds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(crate) struct View {
    account_id: AccountId,
    name: String,
    /// What can be spent now.
    credits: Credits,
    /// What open tasks hold.
    held: u64,
    spent: Credits,
    /// The sum of the three.
    granted: Credits,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

pub(super) async fn open<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let wanted: Open = request.json()?;
    let name = checked_name("name", wanted.name)?;
    let amount = checked_credits(wanted.credits, 0)?;
    let now = ports.now();
    crate::funds::ensure_safe(ports).await?;
    let (account_id, key, usage) = store::keys::new_account(ports.random());
    let account = Account::new(account_id.clone(), name, now, funds(&account_id, amount, now)?);
    // Listed first: an account that no sweep goes over could keep a hold for ever.
    let n = ports.store().next(store::keys::OPENED).await?;
    ports.store().write(&store::keys::opened(n), &account.id).await?;
    ports.store().create(&usage, Usage::new(wanted.requests_per_day)).await?;
    ports.store().create(&key, account.clone()).await?;
    Ok(Response::success(StatusCode::CREATED, View::from(account)))
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

pub(super) async fn show<P: Ports>(ports: &P, id: &str) -> Result<Response, Error> {
    Ok(Response::success(StatusCode::OK, View::from(account(ports, id).await?)))
}

impl From<Account> for View {
    fn from(account: Account) -> Self {
        let held = account.funds.held().unwrap_or_default().amount();
        Self {
            account_id: account.id,
            name: account.name,
            credits: account.funds.balance,
            held,
            spent: account.funds.spent,
            granted: account.funds.granted,
            created_at: account.created_at.to_string(),
        }
    }
}
