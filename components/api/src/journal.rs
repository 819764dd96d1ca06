//! An account's ledger entries, read back: the latest from its document, older ones from their pages.

use std::collections::VecDeque;

use domain::{Account, AccountId, Entry, Funds, Timestamp};
use ledger::archive::page_of;
use ledger::chain::{Flaw, Walk};
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::{Error, Ports};

/// An entry as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerEntry")]
pub(crate) struct View {
    /// Its number, from 1.
    seq: u64,
    #[schemars(extend("format" = "date-time"))]
    at: String,
    #[schemars(extend("enum" = ["grant", "adjust_up", "adjust_down", "hold", "capture", "release"]))]
    change: &'static str,
    /// The task, or the name of the grant or adjustment.
    subject: String,
    /// Of adjustments only.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    amount: u64,
    /// After it.
    balance: u64,
    /// After it.
    held: u64,
    /// After it.
    spent: u64,
    /// The API key that asked for it.
    key_id: Option<String>,
    /// The named request that it belongs to.
    operation: Option<ViewOperation>,
    /// SHA-256 over the entry and the hash before it.
    hash: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerOperation")]
struct ViewOperation {
    id: String,
    fingerprint: String,
}

impl From<&Entry> for View {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            change: entry.change.kind(),
            subject: entry.change.subject().to_owned(),
            reason: entry.change.reason().map(str::to_owned),
            amount: entry.amount.amount(),
            balance: entry.balance.amount(),
            held: entry.held.amount(),
            spent: entry.spent.amount(),
            key_id: entry.key.clone(),
            operation: entry.operation.as_ref().map(|operation| ViewOperation {
                id: operation.id.to_string(),
                fingerprint: operation.fingerprint.to_string(),
            }),
            hash: entry.hash.to_string(),
        }
    }
}

/// The entries before number `before`, newest first, at most `limit` of them.
pub(crate) async fn latest<P: Ports>(
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
pub(crate) async fn after<P: Ports>(
    ports: &P,
    account: &AccountId,
    funds: &Funds,
    seq: u64,
) -> Result<Vec<Entry>, Error> {
    let entries = if seq < funds.archived {
        page(ports, account, page_of(seq.saturating_add(1))).await?
    } else {
        funds.entries.clone()
    };
    Ok(entries.into_iter().filter(|entry| entry.seq > seq).collect())
}

/// What a walk along an account's whole ledger came to.
pub(crate) struct Verdict {
    /// What is wrong with it.
    pub(crate) flaws: Vec<Flaw>,
    /// How many entries were read.
    pub(crate) entries: u64,
    /// Whether that was all of them: a very long ledger is not read to its end in the time a request has.
    pub(crate) complete: bool,
}

/// Walks along an account's whole ledger, from its first entry, until `give_up_at`; every entry is shown to `see`.
pub(crate) async fn verify<P: Ports>(
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
