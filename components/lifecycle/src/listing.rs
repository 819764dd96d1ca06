//! What of an account is due, and when: its line on a page, by which the sweep finds it.
//!
//! The line is written before the swap that holds credits, and that swap refuses a line whose generation the account has closed. The sweep
//! closes it where no hold is open any more, with a swap of the account as well: one of the two comes first, and the other sees it. So an
//! account with an open hold always has an open line, and one without anything costs nothing.
//!
//! A page is made by whoever the counter gave its number to, and by nobody else: no store has to create anything exclusively.

use std::time::Duration;

use domain::{Account, AccountId, DueKind, DuePage, Listed, Slots, Timestamp};
use store::{Decision, keys};

use crate::{Error, Ports};

/// How often an account with open holds is looked at, at least.
pub const ASK_EVERY: Duration = Duration::from_mins(1);
/// How soon a task is looked at again that began elsewhere anew and has longer than its hold says.
const SETTLE_AGAIN: Duration = Duration::from_mins(1);
/// Pages that are tried for a new line before another page is begun.
const PAGES_TRIED_MAX: u64 = 4;
/// Most pages: four million lines.
const PAGES_MAX: u64 = 4_096;

/// What is due of an account with a task that ends at this deadline at the latest.
pub fn of_task(deadline: Timestamp, now: Timestamp) -> Slots {
    Slots::from([(DueKind::Settle, deadline), (DueKind::Ask, now.plus(ASK_EVERY))])
}

/// What an account's own document says is due of it.
pub fn of_account(account: &Account, now: Timestamp) -> Slots {
    let mut slots = Slots::new();
    let deadlines = account.funds.holds.values().map(|hold| hold.deadline.filter(|at| *at > now));
    if let Some(first) = deadlines.map(|at| at.unwrap_or(now.plus(SETTLE_AGAIN))).min() {
        slots.insert(DueKind::Settle, first);
        slots.insert(DueKind::Ask, now.plus(ASK_EVERY));
    }
    if let Some(first) = account.deliveries.values().map(|due| due.at).min() {
        slots.insert(DueKind::Tell, first);
    }
    if let Some(first) = account.stops.values().map(|due| due.at).min() {
        slots.insert(DueKind::Stop, first);
    }
    slots
}

/// Sees to it that an account has an open line with these slots, or earlier ones.
///
/// # Errors
/// What the store answers.
pub async fn list<P: Ports>(ports: &P, account: &Account, slots: &Slots) -> Result<Listed, Error> {
    let mut page = match account.due.page {
        0 => choose(ports, &account.id).await?,
        page => page,
    };
    for _ in 0..PAGES_TRIED_MAX {
        if let Some(generation) = write(ports, page, account, slots).await? {
            return Ok(Listed { page, generation });
        }
        page = begin_page(ports).await?;
    }
    Err(Error::internal("no page of what is due has room for another account"))
}

/// Writes an account's line, where it is not there; its generation, or nothing where the page is full.
async fn write<P: Ports>(ports: &P, page: u64, account: &Account, slots: &Slots) -> Result<Option<u64>, Error> {
    let key = keys::due(page);
    let listed = |page: &DuePage| {
        let room = page.has_room() || page.lines.contains_key(&account.id);
        room.then(|| page.listed(&account.id, account.due.closed, slots))
    };
    // Most find their line, so it is read before it is changed.
    if let Some((generation, None)) = ports.store().load(&key).await?.as_ref().and_then(listed) {
        return Ok(Some(generation));
    }
    let update = ports.store().update(&key, |page: &DuePage| match listed(page) {
        None => Decision::Keep(None),
        Some((generation, None)) => Decision::Keep(Some(generation)),
        Some((generation, Some(page))) => Decision::Write(page, Some(generation)),
    });
    Ok(update.await?)
}

/// A page for an account's first line: one of those there are, once there are as many as the deployment is to have.
async fn choose<P: Ports>(ports: &P, id: &AccountId) -> Result<u64, Error> {
    let count = ports.store().count(keys::DUE_PAGES).await?;
    if count < ports.config().due_pages {
        return begin_page(ports).await;
    }
    let hash = id.as_str().bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    for n in 0..PAGES_TRIED_MAX {
        let page = hash.wrapping_add(n).checked_rem(count).unwrap_or_default().saturating_add(1);
        // Whoever was to make it may have died before.
        if ports.store().load(&keys::due(page)).await?.is_some_and(|page| page.has_room()) {
            return Ok(page);
        }
    }
    begin_page(ports).await
}

async fn begin_page<P: Ports>(ports: &P) -> Result<u64, Error> {
    let page = ports.store().next(keys::DUE_PAGES).await?;
    if page > PAGES_MAX {
        return Err(Error::internal("there are as many pages of what is due as there may be"));
    }
    ports.store().create(&keys::new_due_page(page), DuePage::default()).await?;
    Ok(page)
}

/// Closes an account's line, unless credits are held under it. Returns the account as it is then.
///
/// # Errors
/// What the store answers.
pub async fn close<P: Ports>(ports: &P, account: &AccountId, listed: Listed) -> Result<Account, Error> {
    let key = keys::account(account);
    let update = ports.store().update(&key, |current: &Account| {
        let is_its = current.due.may_be(listed) && current.due.is_open(listed);
        if !is_its || !current.funds.holds.is_empty() {
            return Decision::Keep(current.clone());
        }
        let mut closed = current.clone();
        closed.due = domain::Listing { page: listed.page, closed: listed.generation };
        Decision::Write(closed.clone(), closed)
    });
    Ok(update.await?)
}
