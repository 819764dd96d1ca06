//! The pages of what is due, as a round of the sweep reads, takes from, and gives back to them.

use std::collections::BTreeMap;

use domain::{AccountId, DueKind, DuePage, Line, Listed, Slot, Timestamp, Worked};
use store::{Decision, keys};

use crate::{Error, Ports};

/// What is wanted of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Accounts that are worked for, of each kind of work, at most.
    pub limit: usize,
    /// Whether every account with anything open or kept is looked at, due or not.
    pub all: bool,
    /// Whether there is memory for looking at pictures: [`crate::looks::LOOK_BYTES`]. Without it that is left to another round.
    pub looks: bool,
}

/// An account's line that was taken, for work of one kind.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// The account.
    pub(super) account: AccountId,
    /// Where its line is.
    pub(super) listed: Listed,
    /// The slot as it was.
    pub(super) slot: Slot,
    line: Line,
}

impl Taken {
    /// Whether the line has a slot for work of this kind.
    pub(super) fn has(&self, kind: DueKind) -> bool {
        self.line.slots.contains_key(&kind)
    }

    /// Whether the line has a slot for work of another kind.
    pub(super) fn has_other(&self, kind: DueKind) -> bool {
        self.line.slots.keys().any(|other| *other != kind)
    }
}

/// The pages, as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Pages(BTreeMap<u64, DuePage>);

impl Pages {
    /// Reads all pages. One that cannot be read keeps no other.
    ///
    /// # Errors
    /// The store is out of reach.
    pub(super) async fn load<P: Ports>(ports: &P) -> Result<Self, Error> {
        let mut pages = BTreeMap::new();
        for n in 1..=ports.store().count(keys::DUE_PAGES).await? {
            match ports.store().load(&keys::due(n)).await.map_err(Error::from) {
                Ok(Some(page)) => drop(pages.insert(n, page)),
                Ok(None) => {}
                Err(error) if error.is_of_the_store() => return Err(error),
                Err(error) => ports.log(&format!("page {n} of what is due cannot be read: {error}")),
            }
        }
        Ok(Self(pages))
    }

    /// How many lines have work that is due.
    pub(super) fn count_due(&self, now: Timestamp) -> usize {
        DueKind::ALL.iter().map(|kind| self.0.values().flat_map(|page| page.due(*kind, now)).count()).sum()
    }

    /// Takes lines with work of this kind, the longest due first.
    ///
    /// # Errors
    /// The store is out of reach.
    pub(super) async fn take<P: Ports>(
        &mut self,
        ports: &P,
        kind: DueKind,
        wanted: Wanted,
    ) -> Result<Vec<Taken>, Error> {
        let now = ports.now();
        let all = self.0.iter().flat_map(|(n, page)| page.all(kind).map(move |(id, slot)| (*n, id.clone(), slot)));
        let mut found: Vec<_> = all.filter(|(_, _, slot)| wanted.all || slot.is_due(now)).collect();
        found.sort_by_key(|(_, _, slot)| slot.when());
        found.truncate(wanted.limit);
        let mut seen: BTreeMap<u64, Vec<(AccountId, Slot)>> = BTreeMap::new();
        for (n, id, slot) in found {
            seen.entry(n).or_default().push((id, slot));
        }
        let mut taken = Vec::new();
        for (n, seen) in seen {
            let key = keys::due(n);
            let update = ports.store().update(&key, |page: &DuePage| {
                let (next, taken) = page.take(&seen, kind, now);
                if taken.is_empty() {
                    return Decision::Keep((page.clone(), taken));
                }
                Decision::Write(next.clone(), (next, taken))
            });
            let (page, lines) = update.await?;
            self.0.insert(n, page);
            taken.extend(lines.into_iter().map(|(account, (line, slot))| {
                let listed = Listed { page: n, generation: line.generation };
                Taken { account, listed, slot, line }
            }));
        }
        taken.sort_by_key(|taken| taken.slot.when());
        Ok(taken)
    }

    /// Gives lines back, with what became of the work.
    ///
    /// # Errors
    /// The store is out of reach; the lines are due again when their lease ends.
    pub(super) async fn give_back<P: Ports>(
        &mut self,
        ports: &P,
        kind: DueKind,
        worked: &[(Taken, Worked)],
    ) -> Result<(), Error> {
        let now = ports.now();
        let mut by_page: BTreeMap<u64, Vec<&(Taken, Worked)>> = BTreeMap::new();
        for line in worked {
            by_page.entry(line.0.listed.page).or_default().push(line);
        }
        for (n, lines) in by_page {
            let key = keys::due(n);
            let update = ports.store().update(&key, |page: &DuePage| {
                let lines = lines.iter().map(|(taken, worked)| (&taken.account, &taken.line, worked));
                let next = page.give_back(kind, now, lines);
                Decision::Write(next.clone(), next)
            });
            self.0.insert(n, update.await?);
        }
        Ok(())
    }
}
