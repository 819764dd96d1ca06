//! The sweep: finishes what nobody asked about again, and removes what is past its time.
//!
//! A round looks at the pages of what is due ([`crate::listing`]), takes the lines of one kind of work after the other, money first, and gives
//! them back with what is due next. An account without anything costs it nothing.
//!
//! | who is hostile, silent or broken | what it gets |
//! |---|---|
//! | an account with very much to do | its share of the time, 5 s; the rest is due in the next round |
//! | a provider, or an owner's server, that does not answer | two chances a round, of 6 s each |
//! | one that answers late, after more than 2 s | four chances a round |
//! | a document that cannot be read | a look at growing intervals |
//! | a round that dies | its lines are due again when their lease ends |
//!
//! Several accounts are worked for at once. Each step is safe to repeat, so any number of rounds may run at once; they share the work.

mod errand;
mod pages;
mod walk;
mod work;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Account, AccountId, DueKind, Slots, Timestamp, Worked};
use errand::{Errand, Hosts};
use futures_util::{StreamExt, stream};
pub use pages::Wanted;
use pages::{Pages, Taken};
use serde::{Deserialize, Serialize};
use store::keys;
use work::Tally;

use crate::fetch::within;
use crate::{Error, Ports, consents, expiry, listing, takedowns, uploads};

/// Longest time for a round's beginnings: below the request limit of the platforms. What is left is the next one's.
const TIME_MAX: Duration = Duration::from_secs(15);
/// Longest time for one account and one kind of work.
const ACCOUNT_TIME: Duration = Duration::from_secs(5);
/// How much longer it may take that what it began comes to its end.
const ACCOUNT_MARGIN: Duration = Duration::from_secs(5);
/// Longest time for weights that are being copied.
const COPY_MARGIN: Duration = Duration::from_secs(65);
/// Time for uploads that are of no use any more.
const UPLOADS_TIME: Duration = Duration::from_secs(2);
/// Time for what persons answered, or did not in time.
const CONSENTS_TIME: Duration = Duration::from_secs(2);
/// Time for what is to be taken down and was not decided in time.
const TAKEDOWNS_TIME: Duration = Duration::from_secs(5);
/// Time for looking at pictures, which takes up the processor. One that is begun is looked at to its end.
const LOOKS_TIME: Duration = Duration::from_secs(3);
/// Time for accounts of earlier versions.
const WALK_TIME: Duration = Duration::from_secs(2);
/// Accounts that are worked for at once.
const AT_ONCE: usize = 8;

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Accounts that something was due for.
    pub accounts: u64,
    /// Tasks that had ended, or have now, and are settled.
    pub settled: u64,
    /// Tasks that go on.
    pub open: u64,
    /// Accounts, tasks, messages, and what is past its time, that could not be looked at; the log says why.
    pub failed: u64,
    /// Whether there is more that is due now.
    pub more: bool,
}

/// Does what is due.
///
/// # Errors
/// The store is out of reach.
pub async fn sweep<P: Ports>(ports: &P, wanted: Wanted) -> Result<Swept, Error> {
    let began = ports.now();
    let round = Round { ports, hosts: Hosts::default(), swept: RefCell::default(), seen: RefCell::default() };
    let mut pages = Pages::load(ports).await?;
    for kind in DueKind::ALL.iter().filter(|kind| **kind < DueKind::Look) {
        round.do_due(&mut pages, *kind, wanted, began).await?;
    }
    round.erase_takedowns().await;
    round.remove_uploads().await;
    round.see_to_consents().await;
    let walked = walk::walk(ports, ports.now().plus(WALK_TIME)).await?;
    round.note_failed(walked.failed);
    if wanted.looks {
        round.do_due(&mut pages, DueKind::Look, wanted, began).await?;
    }
    // What is copied may take longer than a platform lets a round, so it comes last.
    round.do_due(&mut pages, DueKind::Copy, wanted, began).await?;
    let mut swept = round.swept.into_inner();
    swept.accounts = u64::try_from(round.seen.borrow().len()).unwrap_or(u64::MAX);
    swept.more = walked.more || pages.count_due(ports.now()) > 0;
    Ok(swept)
}

/// How long after a round's beginning work of a kind may begin: none takes the time of those after it.
const fn share(kind: DueKind) -> Duration {
    match kind {
        DueKind::Settle => Duration::from_secs(5),
        DueKind::Ask => Duration::from_secs(8),
        DueKind::Tell => Duration::from_secs(11),
        DueKind::Stop => Duration::from_secs(12),
        DueKind::Tidy => Duration::from_secs(13),
        DueKind::Look | DueKind::Copy => TIME_MAX,
    }
}

/// How long work of a kind may begin within a round.
const fn longest(kind: DueKind) -> Duration {
    if matches!(kind, DueKind::Look) { LOOKS_TIME } else { TIME_MAX }
}

/// How many accounts are worked for at once. Pictures are looked at one at a time: each is in memory, whole.
const fn at_once(kind: DueKind) -> usize {
    if matches!(kind, DueKind::Look) { 1 } else { AT_ONCE }
}

/// A round under way.
struct Round<'a, P> {
    ports: &'a P,
    hosts: Hosts,
    swept: RefCell<Swept>,
    /// The accounts that were worked for.
    seen: RefCell<BTreeSet<AccountId>>,
}

impl<P: Ports> Round<'_, P> {
    /// Does what is due of one kind.
    async fn do_due(&self, pages: &mut Pages, kind: DueKind, wanted: Wanted, began: Timestamp) -> Result<(), Error> {
        let taken = pages.take(self.ports, kind, wanted).await?;
        let until = began.plus(share(kind)).min(self.ports.now().plus(longest(kind)));
        let worked = self.work(kind, taken, until).await;
        pages.give_back(self.ports, kind, &worked).await
    }

    /// Erases what is to be taken down and was not decided in time.
    async fn erase_takedowns(&self) {
        let errand = Errand::new(self.ports, &self.hosts);
        let erased = takedowns::sweep(&errand, self.ports.now().plus(TAKEDOWNS_TIME)).await;
        self.note_failed(erased.unwrap_or_else(|error| {
            self.ports.log(&format!("what is to be taken down is erased later: {error}"));
            1
        }));
    }

    /// Removes uploads that are of no use any more.
    async fn remove_uploads(&self) {
        let removed = uploads::sweep(self.ports, self.ports.now().plus(UPLOADS_TIME)).await;
        self.note_failed(removed.unwrap_or_else(|error| {
            self.ports.log(&format!("uploads that are of no use are removed later: {error}"));
            1
        }));
    }

    /// Ends what persons did not answer in time, and goes on with what they answered.
    async fn see_to_consents(&self) {
        let (hosts, now) = (&self.hosts, self.ports.now());
        let errand = Errand::new(self.ports, hosts);
        // On the heap, as it begins trainings and deletes characters. One that takes too long goes on in another round.
        let work = Box::pin(consents::sweep(&errand, now.plus(CONSENTS_TIME)));
        let failed = match within(self.ports, CONSENTS_TIME.saturating_add(ACCOUNT_MARGIN), work).await {
            Some(Ok(failed)) => failed,
            Some(Err(error)) => {
                self.ports.log(&format!("what persons answered is seen to later: {error}"));
                1
            }
            None => {
                errand.blame();
                1
            }
        };
        self.note_failed(failed);
    }

    /// Works for all of these, several at once; what is not begun by `until` is not begun.
    async fn work(&self, kind: DueKind, taken: Vec<Taken>, until: Timestamp) -> Vec<(Taken, Worked)> {
        let visits = taken.into_iter().map(async |taken| {
            let worked = self.visit(kind, &taken, until).await;
            (taken, worked)
        });
        stream::iter(visits).buffer_unordered(at_once(kind)).collect().await
    }

    async fn visit(&self, kind: DueKind, taken: &Taken, until: Timestamp) -> Worked {
        let now = self.ports.now();
        if now >= until {
            return Worked::NotBegun(taken.slot);
        }
        let give_up_at = until.min(now.plus(ACCOUNT_TIME));
        let margin = if kind == DueKind::Copy { COPY_MARGIN } else { ACCOUNT_MARGIN };
        let errand = Errand::new(self.ports, &self.hosts);
        // On the heap, as several are under way at once.
        let work = Box::pin(self.work_for(&errand, kind, taken, give_up_at));
        match within(self.ports, give_up_at.since(now).saturating_add(margin), work).await {
            Some(Ok(worked)) => worked,
            Some(Err(error)) => self.fail(kind, taken, &error.to_string()),
            None => {
                errand.blame();
                self.fail(kind, taken, "it took too long")
            }
        }
    }

    fn fail(&self, kind: DueKind, taken: &Taken, why: &str) -> Worked {
        self.ports.log(&format!("what is due of {} ({kind:?}) is done later: {why}", taken.account));
        self.note_failed(1);
        Worked::Failed(Slots::new())
    }

    async fn work_for(
        &self,
        errand: &Errand<'_, P>,
        kind: DueKind,
        taken: &Taken,
        give_up_at: Timestamp,
    ) -> Result<Worked, Error> {
        let key = keys::account(&taken.account);
        let Some(account) = self.ports.store().load(&key).await? else { return Ok(Worked::Idle) };
        // It has its line elsewhere: this one was written for a hold that came to nothing.
        if !account.due.may_be(taken.listed) {
            return Ok(Worked::Idle);
        }
        self.seen.borrow_mut().insert(account.id.clone());
        let tally = work::work(errand, &account, kind, give_up_at).await;
        // Whatever came of this kind of work, the others are to be known of.
        let account = listing::close(self.ports, &account.id, taken.listed).await?;
        let slots = self.slots(&account, taken, tally.as_ref().ok()).await?;
        match tally {
            Ok(tally) => {
                let failed = tally.failed > 0;
                self.note(&tally);
                Ok(match slots {
                    slots if failed => Worked::Failed(slots),
                    slots if slots.is_empty() && !taken.has_other(kind) => Worked::Idle,
                    slots => Worked::Done(slots),
                })
            }
            Err(error) => {
                self.fail(kind, taken, &error.to_string());
                Ok(Worked::Failed(slots))
            }
        }
    }

    /// What is due of an account after work on its line.
    async fn slots(&self, account: &Account, taken: &Taken, tally: Option<&Tally>) -> Result<Slots, Error> {
        let now = self.ports.now();
        let mut slots = listing::of_account(account, now);
        let behind = expiry::behind(self.ports, account).await?;
        for (kind, is_behind) in
            [(DueKind::Tidy, behind.tidy), (DueKind::Look, behind.look), (DueKind::Copy, behind.copy)]
        {
            // The walk itself finds out when it is to be done next.
            if is_behind && !taken.has(kind) {
                slots.insert(kind, now);
            }
        }
        if let Some(tally) = tally {
            slots.extend(tally.next.iter().map(|(kind, at)| (*kind, *at)));
        }
        Ok(slots)
    }

    fn note(&self, tally: &Tally) {
        let mut swept = self.swept.borrow_mut();
        swept.settled = swept.settled.saturating_add(tally.settled);
        swept.open = swept.open.saturating_add(tally.open);
        swept.failed = swept.failed.saturating_add(tally.failed);
    }

    fn note_failed(&self, failed: u64) {
        self.note(&Tally { failed, ..Tally::default() });
    }
}
