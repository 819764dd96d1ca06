//! Accounts: opened with credits if wanted, and shown.

pub(crate) mod create;
pub(crate) mod show;

use domain::{Account, AccountId, Credits};
use schemars::JsonSchema;
use serde::Serialize;

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
