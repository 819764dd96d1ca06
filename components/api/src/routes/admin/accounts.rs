//! Accounts: opened with credits if wanted, listed, shown, suspended and resumed, and deleted.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod resume;
pub(crate) mod show;
pub(crate) mod suspend;
pub(crate) mod test;

use domain::{Account, AccountId, Credits, Timestamp};
use lifecycle::Ports;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Decision, keys};

use crate::{Error, checks};

/// An account and its funds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(crate) struct View {
    account_id: AccountId,
    /// Whether it is for tests: what its keys order is made here, and costs nobody anything.
    is_test: bool,
    /// The account for tests that belongs to it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_account_id: Option<AccountId>,
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
    /// Since when it is suspended, if it is.
    #[schemars(extend("format" = "date-time"))]
    suspended_at: Option<String>,
}

impl From<Account> for View {
    fn from(account: Account) -> Self {
        let held = account.funds.held().unwrap_or_default().amount();
        Self {
            is_test: account.id.is_test(),
            test_account_id: account.test_account,
            account_id: account.id,
            name: account.name,
            credits: account.funds.balance,
            held,
            spent: account.funds.spent,
            granted: account.funds.granted,
            created_at: account.created_at.to_string(),
            suspended_at: account.suspended_at.map(|at| at.to_string()),
        }
    }
}

/// Suspends an account since `at`, or resumes it, and the account for tests that belongs to it. One that is suspended stays so since then.
async fn set_suspended<P: Ports>(ports: &P, id: Option<AccountId>, at: Option<Timestamp>) -> Result<View, Error> {
    let account = checks::account(ports, id).await?;
    let account = mark_suspended(ports, &account.id, at).await?;
    if let Some(test) = &account.test_account {
        mark_suspended(ports, test, at).await?;
    }
    Ok(account.into())
}

/// The same of one account alone.
async fn mark_suspended<P: Ports>(ports: &P, id: &AccountId, at: Option<Timestamp>) -> Result<Account, Error> {
    let key = keys::account(id);
    let update = ports.store().update(&key, |account: &Account| {
        if account.deleted_at.is_some() || account.suspended_at.is_some() == at.is_some() {
            return Decision::Keep(account.clone());
        }
        let changed = Account { suspended_at: at, ..account.clone() };
        Decision::Write(changed.clone(), changed)
    });
    Ok(update.await?)
}
