//! An account's ledger entries, read back: the latest from its document, older ones from their pages.

use std::collections::VecDeque;

use domain::{Account, AccountId, Entry, Funds, Timestamp};
use ledger::archive::page_of;
use ledger::chain::{Flaw, Walk};
use store::keys;

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
    let mut found: VecDeque<Entry> = funds.entries.iter().filter(|entry| entry.seq < before).cloned().collect();
    let mut next = funds.archived.min(before.saturating_sub(1));
    while found.len() < limit && next > 0 {
        let page = page(ports, account, page_of(next)).await?;
        page.into_iter().filter(|entry| entry.seq <= next).rev().for_each(|entry| found.push_front(entry));
        next = next.saturating_sub(1) / ENTRIES * ENTRIES;
    }
    Ok(found.into_iter().rev().take(limit).collect())
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

/// What a walk along an account's whole ledger came to.
pub struct Verdict {
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// How many entries were read.
    pub entries: u64,
    /// Whether that was all of them: a very long ledger is not read to its end in the time a request has.
    pub complete: bool,
}

/// Walks along an account's whole ledger, from its first entry, until `give_up_at`; every entry is shown to `see`.
///
/// # Errors
/// What the store answers.
pub async fn verify<P: Ports>(
    ports: &P,
    account: &Account,
    give_up_at: Timestamp,
    mut see: impl AsyncFnMut(&Entry) -> Result<(), Error>,
) -> Result<Verdict, Error> {
    let (funds, mut walk, mut flaws) = (&account.funds, Walk::new(&account.id), Vec::new());
    for number in 0..funds.archived / ENTRIES {
        if ports.now() >= give_up_at {
            return Ok(Verdict { flaws, entries: walk.seq(), complete: false });
        }
        // A page that is missing shows as a gap before the next one.
        for entry in ports.store().read(&keys::ledger_page(&account.id, number)).await?.unwrap_or_default() {
            flaws.extend(walk.step(&entry));
            see(&entry).await?;
        }
    }
    for entry in &funds.entries {
        flaws.extend(walk.step(entry));
        see(entry).await?;
    }
    flaws.extend(walk.finish(funds));
    Ok(Verdict { flaws, entries: walk.seq(), complete: true })
}

async fn page<P: Ports>(ports: &P, account: &AccountId, number: u64) -> Result<Vec<Entry>, Error> {
    let page = ports.store().read(&keys::ledger_page(account, number)).await?;
    page.ok_or_else(|| Error::internal(format!("page {number} of the ledger of {account} is missing")))
}

/// Entries of a page, as a number of entries.
const ENTRIES: u64 = domain::limits::LEDGER_PAGE_ENTRIES as u64;
