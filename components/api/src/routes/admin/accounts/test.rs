//! The account for tests that belongs to another: with credits, keys and characters of its own, so that no test touches what is real.

use domain::limits::TEST_CREDITS;
use domain::{Account, AccountId, Credits, Usage};
use lifecycle::Ports;
use lifecycle::funds::ensure_safe;
use store::{Decision, keys};

use super::{create, mark_suspended};
use crate::Error;
use crate::checks;

/// The account for tests that belongs to this one, opened where there is none; an account for tests belongs to itself.
///
/// It is opened under a new id, and one swap of the account that it is for says which one counts. Of several opened at once the others are
/// removed, and were told to nobody.
///
/// # Errors
/// [`Code::NotFound`](crate::Code::NotFound) where the account is deleted meanwhile, and what the store answers.
pub(crate) async fn account_of<P: Ports>(ports: &P, live: Account) -> Result<Account, Error> {
    if live.id.is_test() {
        return Ok(live);
    }
    if let Some(known) = known(ports, live.test_account.as_ref()).await? {
        return Ok(known);
    }
    ensure_safe(ports).await?;
    let usage: Option<Usage> = ports.store().load(&keys::usage(&live.id)).await?;
    let (places, per_day) = (keys::new_test_account(ports.random()), usage.and_then(|usage| usage.per_day));
    let opened = create::open(ports, places, live.name.clone(), Credits::new(TEST_CREDITS), per_day).await?;
    let key = keys::account(&live.id);
    let decided = ports.store().update(&key, |current: &Account| {
        if current.deleted_at.is_some() || current.test_account != live.test_account {
            return Decision::Keep(current.clone());
        }
        let next = Account { test_account: Some(opened.id.clone()), ..current.clone() };
        Decision::Write(next.clone(), next)
    });
    let current = decided.await?;
    if current.test_account.as_ref() != Some(&opened.id) {
        ports.store().discard(&keys::account(&opened.id)).await?;
        ports.store().discard(&keys::usage(&opened.id)).await?;
    }
    // One that is deleted meanwhile is not found, nor is the other's where that is.
    let current = checks::account(ports, Some(current.id)).await?;
    let test = checks::account(ports, current.test_account).await?;
    if current.suspended_at.is_some() { mark_suspended(ports, &test.id, current.suspended_at).await } else { Ok(test) }
}

/// The account for tests that is there already, unless it is deleted.
async fn known<P: Ports>(ports: &P, id: Option<&AccountId>) -> Result<Option<Account>, Error> {
    let Some(id) = id else { return Ok(None) };
    let account = ports.store().load(&keys::account(id)).await?;
    Ok(account.filter(|account| account.deleted_at.is_none()))
}
