//! Old entries, moved out of the account's document a page at a time, so that it stays small.
//!
//! The page is written first, under a key of its own and with the same bytes every time; only then do its entries leave the document. Who
//! dies in between leaves both, and the next one does it again.

use domain::limits::LEDGER_PAGE_ENTRIES;
use domain::{Entry, Funds};

/// Pages of entries that stay in the document: recent operations are found there without another read.
const PAGES_KEPT: usize = 1;
/// Entries in the document from which on every change archives, whoever should have before.
const LATE_ENTRIES: usize = 6 * LEDGER_PAGE_ENTRIES;

/// The pages of entries in the document that are to leave, and their numbers, from 0: the oldest first.
pub fn due(funds: &Funds) -> impl Iterator<Item = (u64, &[Entry])> {
    let whole = funds.entries.len() / LEDGER_PAGE_ENTRIES;
    let pages = funds.entries.chunks_exact(LEDGER_PAGE_ENTRIES).take(whole.saturating_sub(PAGES_KEPT));
    (page_of(funds.archived.saturating_add(1))..).zip(pages)
}

/// Whether the change that these funds came of has to archive: the one that fills a page, so that of many at once one does. Where that one
/// did not, every change does.
pub fn is_its_turn(funds: &Funds) -> bool {
    funds.entries.len().is_multiple_of(LEDGER_PAGE_ENTRIES) || funds.entries.len() >= LATE_ENTRIES
}

/// The funds without the entries of the pages up to this one, all of which were written; nothing when they left before.
pub fn without(funds: &Funds, last: u64) -> Option<Funds> {
    let leaving: usize = due(funds).take_while(|(page, _)| *page <= last).map(|(_, entries)| entries.len()).sum();
    if leaving == 0 {
        return None;
    }
    let mut after = funds.clone();
    after.archived = after.archived.saturating_add(u64::try_from(leaving).unwrap_or(u64::MAX));
    after.entries.drain(..leaving);
    Some(after)
}

/// Whether the entry with this number is the first of its page.
pub fn begins_page(seq: u64) -> bool {
    seq == 1 || page_of(seq) > page_of(seq.saturating_sub(1))
}

/// The page that has, or will have, the entry with this number.
pub fn page_of(seq: u64) -> u64 {
    seq.saturating_sub(1) / u64::try_from(LEDGER_PAGE_ENTRIES).unwrap_or(u64::MAX)
}
