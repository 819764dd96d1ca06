//! Durable changes of balances: all of one account, and of many.

use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::load::{self, Measured};
use super::report::{cells, table};
use super::target::Target;
use super::turns;
use crate::ui::Step;

/// Callers at once.
const CALLERS: usize = 128;
/// Accounts that are changed in turn.
const ACCOUNTS: usize = 1_000;

/// Accounts that are looked at at a time, before they are measured.
const VERIFIED_AT_ONCE: usize = 16;

/// What one target served.
pub(super) struct Accounts {
    one: Option<Measured>,
    many: Option<Measured>,
}

/// Measures both. What does not answer as it should is not measured.
pub(super) async fn measure(target: &Target, time: Duration, step: &Step) -> Result<Accounts> {
    step.say(format!("{}: one account by {CALLERS}", target.name));
    let one = super::routes::one(target, "grant", CALLERS, time).await?;
    step.say(format!("{}: opening {ACCOUNTS} accounts", target.name));
    let accounts = target.accounts(ACCOUNTS).await?;
    let requests: Vec<_> = accounts.iter().map(|account| target.grant(account)).collect();
    // One grant to each: what an account has from its first on is there.
    let verified = stream::iter(requests.iter().map(load::verify)).buffer_unordered(VERIFIED_AT_ONCE);
    if let Err(error) = verified.try_collect::<()>().await {
        eprintln!("  {}, {ACCOUNTS} accounts: {error:#}", target.name);
        return Ok(Accounts { one, many: None });
    }
    step.say(format!("{}: {ACCOUNTS} accounts by {CALLERS}", target.name));
    let many = target.watched(turns::run(requests, CALLERS, time)).await?;
    Ok(Accounts { one, many: Some(many) })
}

/// The section.
pub(super) fn section(columns: &[(&str, &Accounts)], seconds: u64) -> String {
    let line = |name: String, measured: Vec<Option<Measured>>| std::iter::once(name).chain(cells(&measured)).collect();
    let rows = [
        line("one account".to_owned(), columns.iter().map(|(_, accounts)| accounts.one).collect()),
        line(format!("{ACCOUNTS} accounts in turn"), columns.iter().map(|(_, accounts)| accounts.many).collect()),
    ];
    let head = std::iter::once("").chain(columns.iter().map(|(name, _)| *name));
    format!(
        "`POST .../grants` by {CALLERS} callers at once, {seconds} s each. A grant changes a balance, and is durable before its answer.\n\n{}",
        table(head, &rows)
    )
}
