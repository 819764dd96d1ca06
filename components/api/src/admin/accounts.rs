//! Accounts: opened with credits if wanted, and shown.

use domain::{Account, AccountId, Credits, Funds};
use http::StatusCode;
use ledger::Command;
use serde::{Deserialize, Serialize};

use super::{account, checked_credits, checked_name};
use crate::wire::{Request, Response};
use crate::{Error, Ports};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    name: String,
    #[serde(default)]
    credits: u64,
}

#[derive(Serialize)]
struct View {
    account_id: AccountId,
    name: String,
    credits: Credits,
    held: u64,
    spent: Credits,
    granted: Credits,
    created_at: String,
}

pub(super) async fn open<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let wanted: Open = request.json()?;
    let name = checked_name("name", wanted.name)?;
    let amount = checked_credits(wanted.credits, 0)?;
    let now = ports.now();
    let first = Command::Grant { id: "opening".to_owned(), amount };
    let funds = match ledger::decide(&Funds::default(), &first, now) {
        Ok(funds) => funds.unwrap_or_default(),
        Err(rejection) => return Err(Error::internal(rejection)),
    };
    let account =
        Account { id: AccountId::from_random(ports.random()), name, created_at: now, funds, keys: Vec::new() };
    ports.store().create(&store::keys::account(&account.id), account.clone()).await?;
    Ok(Response::success(StatusCode::CREATED, View::from(account)))
}

pub(super) async fn show<P: Ports>(ports: &P, id: &str) -> Result<Response, Error> {
    Ok(Response::success(StatusCode::OK, View::from(account(ports, id).await?)))
}

impl From<Account> for View {
    fn from(account: Account) -> Self {
        let held = account.funds.holds.values().map(|hold| hold.amount.amount()).fold(0, u64::saturating_add);
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
