//! Old entries, moved out of the account's document a page at a time, so that it stays small.
//!
//! The page is written first, under a key of its own and with the same bytes every time; only then do its entries leave the document. Who
//! dies in between leaves both, and the next one does it again.

use domain::limits::LEDGER_PAGE_ENTRIES;
use domain::{Entry, Funds};

/// Pages of entries that stay in the document: recent operations are found there without another read.
const PAGES_KEPT: usize = 1;

/// The oldest page of entries in the document and its number, from 0, when it is time for it to leave.
pub fn due(funds: &Funds) -> Option<(u64, &[Entry])> {
    if funds.entries.len() < (PAGES_KEPT + 1) * LEDGER_PAGE_ENTRIES {
        return None;
    }
    Some((page_of(funds.archived.saturating_add(1)), funds.entries.get(..LEDGER_PAGE_ENTRIES)?))
}

/// The funds without the entries of a page that was written; nothing when they left before.
pub fn without(funds: &Funds, page: u64) -> Option<Funds> {
    let (due, entries) = due(funds)?;
    if due != page {
        return None;
    }
    let mut after = funds.clone();
    after.archived = after.archived.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    after.entries.drain(..LEDGER_PAGE_ENTRIES);
    Some(after)
}

/// The page that has, or will have, the entry with this number.
pub fn page_of(seq: u64) -> u64 {
    seq.saturating_sub(1) / u64::try_from(LEDGER_PAGE_ENTRIES).unwrap_or(u64::MAX)
}
