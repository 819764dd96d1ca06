//! An account's ledger entries, read back: the latest from its document, older ones from their pages.

use domain::{Account, AccountId, Entry, Funds, Timestamp};
use ledger::archive::page_of;
use ledger::chain::{Checkpoint, Flaw, Walk};
use store::keys;
use strum::IntoStaticStr;

use crate::{Error, Ports};

/// The entries before number `before`, newest first, at most `limit` of them.
///
/// # Errors
/// What the store answers.
pub async fn latest<P: Ports>(
    ports: &P,
    account: &AccountId,
    funds: &Funds,
    before: u64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let (mut found, mut next) = (Vec::new(), Some(before));
    while let Some(before) = next.filter(|_| found.len() < limit) {
        let page = self::before(ports, account, funds, before).await?;
        next = page.last().map(|entry| entry.seq);
        found.extend(page);
    }
    found.truncate(limit);
    Ok(found)
}

/// The entries before number `seq`, newest first: those of one page, or of the account's document; none before the first.
///
/// # Errors
/// What the store answers.
pub async fn before<P: Ports>(ports: &P, account: &AccountId, funds: &Funds, seq: u64) -> Result<Vec<Entry>, Error> {
    let last = seq.saturating_sub(1).min(funds.last_seq());
    let mut entries = match last {
        0 => Vec::new(),
        last if last <= funds.archived => page(ports, account, page_of(last)).await?,
        _ => funds.entries.clone(),
    };
    entries.retain(|entry| entry.seq <= last);
    entries.reverse();
    Ok(entries)
}

/// The entries after number `seq`, oldest first: those of one page, or of the account's document; none after the last.
///
/// # Errors
/// What the store answers.
pub async fn after<P: Ports>(ports: &P, account: &AccountId, funds: &Funds, seq: u64) -> Result<Vec<Entry>, Error> {
    let entries = if seq < funds.archived {
        page(ports, account, page_of(seq.saturating_add(1))).await?
    } else {
        funds.entries.clone()
    };
    Ok(entries.into_iter().filter(|entry| entry.seq > seq).collect())
}

/// Who walks along a ledger. Each goes on where it was, and not where the other was: they do not look at the same things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum By {
    /// The audit, which looks at the tasks as well.
    Audit,
    /// The account's owner.
    Owner,
}

/// A walk along an account's ledger.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Whose ledger.
    pub account: &'a Account,
    /// Who looks.
    pub by: By,
    /// Whether it begins at the first entry, and not where the one before ended.
    pub full: bool,
    /// When it ends, at the latest after one more page.
    pub give_up_at: Timestamp,
}

/// What a walk along an account's ledger came to.
#[derive(Debug)]
pub struct Verdict {
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// The entry it went on after: 0 where it began at the first.
    pub after: u64,
    /// The last entry it came to.
    pub through: u64,
    /// Whether that was the last there is: a very long ledger is not walked to its end in the time a request has, and the next walk goes on.
    pub complete: bool,
}

/// Walks along an account's ledger; every entry is shown to `see`, which says whether it is right. The next walk begins after the last page
/// up to which everything was.
///
/// # Errors
/// What the store answers.
pub async fn verify<P: Ports>(
    ports: &P,
    look: Look<'_>,
    mut see: impl AsyncFnMut(&Entry) -> Result<bool, Error>,
) -> Result<Verdict, Error> {
    let Look { account, by, full, give_up_at } = look;
    let (funds, key) = (&account.funds, keys::checked::<Checkpoint>(&account.id, by.into()));
    let known = if full { None } else { ports.store().read(&key).await? };
    // A ledger that was put back from a backup may be shorter than what was checked.
    let known = known.filter(|known| known.seq <= funds.archived && known.seq.is_multiple_of(ENTRIES));
    let mut walk = known.as_ref().map_or_else(|| Walk::new(&account.id), Walk::resume);
    let (after, mut flaws, mut right, mut reached) = (walk.seq(), Vec::new(), true, None);
    let (first, end) = (after / ENTRIES, funds.archived / ENTRIES);
    let mut complete = true;
    for number in first..end {
        // One page in any case, so that every walk comes further.
        if number > first && ports.now() >= give_up_at {
            complete = false;
            break;
        }
        // A page that is missing shows as a gap before the next one.
        for entry in ports.store().read(&keys::ledger_page(&account.id, number)).await?.unwrap_or_default() {
            flaws.extend(walk.step(&entry));
            right = see(&entry).await? && right && flaws.is_empty();
        }
        if right {
            reached = walk.checkpoint();
        }
    }
    if let Some(reached) = reached {
        ports.store().write(&key, &reached).await?;
    }
    if complete {
        for entry in &funds.entries {
            flaws.extend(walk.step(entry));
            see(entry).await?;
        }
        flaws.extend(walk.finish(funds));
    }
    Ok(Verdict { flaws, after, through: walk.seq(), complete })
}

async fn page<P: Ports>(ports: &P, account: &AccountId, number: u64) -> Result<Vec<Entry>, Error> {
    let page = ports.store().read(&keys::ledger_page(account, number)).await?;
    page.ok_or_else(|| Error::internal(format!("page {number} of the ledger of {account} is missing")))
}

/// Entries of a page, as a number of entries.
const ENTRIES: u64 = domain::limits::LEDGER_PAGE_ENTRIES as u64;
