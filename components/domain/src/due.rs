//! What is to be done later, and when: a line for each account with anything open or kept, so that whoever looks for work that is due never
//! walks over accounts that have none.
//!
//! Lines stand on pages. A line has a [`Slot`] for each kind of work. Whoever does the work takes the slot first, which puts it off: so two
//! who look at once share the work, and who dies in the middle only delays it. The time between takes grows with every one in a row that
//! came to nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::{AccountId, Timestamp};

/// How far ahead a slot can lie. One that lies farther was written by a clock that was wrong, and is due.
const AHEAD_MAX: Duration = Duration::from_hours(24);
/// Lines of one page, at most: with every slot in use a page stays below the 256 KB of a value.
const LINES_MAX: usize = 1_000;
/// How long whoever took a slot has for it, before somebody else may.
const LEASE: Duration = Duration::from_mins(2);
/// How long after the first work in a row that came to nothing it is tried again; doubled with every one.
const BACKOFF_FIRST: Duration = Duration::from_secs(30);
/// Doublings, at most.
const BACKOFF_DOUBLINGS_MAX: u32 = 7;

/// The kinds of work, in the order in which a round does them: money first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// Tasks past their deadline: given up, their credits given back. Nobody outside is asked.
    Settle,
    /// Running tasks: their providers are asked about them. There as long as the line is open.
    Ask,
    /// Messages to owners.
    Tell,
    /// Jobs at providers that nobody waits for any more: stopped, and what they made removed there.
    Stop,
    /// Files and records past their time: removed.
    Tidy,
    /// Pictures: looked at, so that copies of them are found.
    Look,
    /// Weights: copied to us. What takes longest comes last: a platform may cut a round off there.
    Copy,
}

impl DueKind {
    /// All of them, in their order.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Longest time between two tries of what comes to nothing.
    const fn backoff_max(self) -> Duration {
        match self {
            // Somebody's credits are held.
            Self::Settle => Duration::from_secs(30),
            Self::Ask => Duration::from_mins(1),
            Self::Tell | Self::Stop | Self::Tidy | Self::Look | Self::Copy => Duration::from_hours(1),
        }
    }
}

/// When work of one kind is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot(Timestamp, u32);

impl Slot {
    /// Work that is due then.
    pub const fn at(at: Timestamp) -> Self {
        Self(at, 0)
    }

    /// When it is due.
    pub const fn when(self) -> Timestamp {
        self.0
    }

    /// Whether it is due now. One that lies impossibly far ahead is.
    pub fn is_due(self, now: Timestamp) -> bool {
        self.0 <= now || self.0 > now.plus(AHEAD_MAX.saturating_add(LEASE))
    }

    /// The slot of whoever takes it now.
    fn taken(self, kind: DueKind, now: Timestamp) -> Self {
        let Self(_, taken) = self;
        let backoff = BACKOFF_FIRST.saturating_mul(1 << taken.min(BACKOFF_DOUBLINGS_MAX)).min(kind.backoff_max());
        Self(now.plus(LEASE.max(backoff)), taken.saturating_add(1))
    }

    /// The slot after it was taken in vain: due again after a time that grows.
    fn failed(self, kind: DueKind, now: Timestamp) -> Self {
        let Self(_, taken) = self;
        let doublings = taken.saturating_sub(1).min(BACKOFF_DOUBLINGS_MAX);
        Self(now.plus(BACKOFF_FIRST.saturating_mul(1 << doublings).min(kind.backoff_max())), taken)
    }
}

/// When work of each kind is due; a kind that is not there has none.
pub type Slots = BTreeMap<DueKind, Timestamp>;

/// An account's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Credits can be held as long as the account has not closed this generation.
    pub generation: u64,
    /// When work is due.
    pub slots: BTreeMap<DueKind, Slot>,
}

/// A page of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuePage {
    /// The lines, by account.
    pub lines: BTreeMap<AccountId, Line>,
}

/// Where an account's line is, as the account knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The page, from 1; 0 before credits were held for the first time. It changes only while nothing is held.
    pub page: u64,
    /// The latest generation of the line that is closed: credits are held under a later one only.
    pub closed: u64,
}

/// A line that was found, or written, before credits are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its page.
    pub page: u64,
    /// Its generation.
    pub generation: u64,
}

impl Listing {
    /// Whether this line may be the account's: it is on its page, or the account has none yet.
    pub const fn may_be(&self, listed: Listed) -> bool {
        self.page == 0 || self.page == listed.page
    }

    /// Whether this line is open: credits can be held under it.
    pub const fn is_open(&self, listed: Listed) -> bool {
        listed.generation > self.closed
    }
}

/// What is known of a line after work of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worked {
    /// The work came to its end; this is what is due.
    Done(Slots),
    /// Some of it came to nothing now; this is what else is due.
    Failed(Slots),
    /// There was no time for it.
    NotBegun(Slot),
    /// The line is of no use: nothing is open and nothing kept.
    Idle,
}

impl DuePage {
    /// The generation of a line under which credits can be held, with these slots or earlier ones; and the page with that line, where it
    /// is not there yet.
    pub fn listed(&self, id: &AccountId, closed: u64, slots: &Slots) -> (u64, Option<Self>) {
        let generation = closed.saturating_add(1);
        let before = self.lines.get(id);
        let mut line = before.cloned().unwrap_or_else(|| Line { generation, slots: BTreeMap::new() });
        line.generation = line.generation.max(generation);
        for (kind, at) in slots {
            line.bring_forward(*kind, *at);
        }
        let generation = line.generation;
        (generation, (Some(&line) != before).then(|| self.with(id, line)))
    }

    /// Whether there is room for another line.
    pub fn has_room(&self) -> bool {
        self.lines.len() < LINES_MAX
    }

    /// The lines with work of this kind that is due, and their slots.
    pub fn due(&self, kind: DueKind, now: Timestamp) -> impl Iterator<Item = (&AccountId, Slot)> {
        self.all(kind).filter(move |(_, slot)| slot.is_due(now))
    }

    /// The lines with work of this kind, due or not, and their slots.
    pub fn all(&self, kind: DueKind) -> impl Iterator<Item = (&AccountId, Slot)> {
        self.lines.iter().filter_map(move |(id, line)| Some((id, line.slots.get(&kind).copied()?)))
    }

    /// The page with the slots of these accounts taken that are as they were seen, and what was taken: what somebody else was faster with is
    /// left out.
    pub fn take(
        &self,
        seen: &[(AccountId, Slot)],
        kind: DueKind,
        now: Timestamp,
    ) -> (Self, BTreeMap<AccountId, (Line, Slot)>) {
        let (mut page, mut taken) = (self.clone(), BTreeMap::new());
        for (id, seen) in seen {
            let Some(line) = page.lines.get_mut(id) else { continue };
            let Some(slot) = line.slots.get(&kind).copied().filter(|slot| slot == seen) else { continue };
            line.slots.insert(kind, slot.taken(kind, now));
            taken.insert(id.clone(), (line.clone(), slot));
        }
        (page, taken)
    }

    /// The page after the work of a kind, of lines as they were taken.
    #[must_use]
    pub fn give_back<'a>(
        &self,
        kind: DueKind,
        now: Timestamp,
        worked: impl Iterator<Item = (&'a AccountId, &'a Line, &'a Worked)>,
    ) -> Self {
        let mut page = self.clone();
        for (id, taken, worked) in worked {
            let Some(line) = page.lines.get_mut(id) else { continue };
            if *worked == Worked::Idle {
                if line == taken {
                    page.lines.remove(id);
                }
                continue;
            }
            line.after(kind, now, taken, worked);
        }
        page
    }

    fn with(&self, id: &AccountId, line: Line) -> Self {
        let mut page = self.clone();
        page.lines.insert(id.clone(), line);
        page
    }
}

impl Line {
    fn bring_forward(&mut self, kind: DueKind, at: Timestamp) {
        let slot = self.slots.entry(kind).or_insert(Slot::at(at));
        if slot.0 > at {
            *slot = Slot::at(at);
        }
    }

    /// The line after work on it. A slot that somebody brought forward meanwhile stays so.
    fn after(&mut self, kind: DueKind, now: Timestamp, taken: &Self, worked: &Worked) {
        let lease = taken.slots.get(&kind).copied();
        let current = self.slots.get(&kind).copied();
        let undisturbed = current == lease;
        let next = match (worked, lease) {
            (Worked::Done(slots), _) => slots.get(&kind).map(|at| Slot::at(clamp(*at, now))),
            (Worked::Failed(_), Some(lease)) => Some(lease.failed(kind, now)),
            (Worked::NotBegun(slot), _) => Some(*slot),
            (Worked::Failed(_) | Worked::Idle, _) => lease,
        };
        // One under which credits were held anew is as those want it.
        if self.generation == taken.generation && undisturbed {
            match next {
                Some(next) => drop(self.slots.insert(kind, next)),
                None => drop(self.slots.remove(&kind)),
            }
        } else if let Some(next) = next {
            self.bring_forward(kind, next.0);
        }
        let (Worked::Done(slots) | Worked::Failed(slots)) = worked else { return };
        for (other, at) in slots.iter().filter(|(other, _)| **other != kind) {
            // One that was taken, or failed, is somebody else's.
            let free = self.slots.get(other).is_none_or(|slot| slot.1 == 0);
            if free {
                self.bring_forward(*other, clamp(*at, now));
            }
        }
    }
}

/// No slot lies farther ahead than it can.
fn clamp(at: Timestamp, now: Timestamp) -> Timestamp {
    at.min(now.plus(AHEAD_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn id(n: u8) -> AccountId {
        AccountId::from_random([n; 16])
    }

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn page_of(slots: &[(DueKind, Timestamp)]) -> DuePage {
        DuePage::default().listed(&id(1), 0, &slots.iter().copied().collect()).1.unwrap()
    }

    fn slot(page: &DuePage, kind: DueKind) -> Option<Slot> {
        page.lines.get(&id(1)).and_then(|line| line.slots.get(&kind).copied())
    }

    fn take(page: &DuePage, kind: DueKind, now: Timestamp) -> (DuePage, BTreeMap<AccountId, (Line, Slot)>) {
        let seen: Vec<_> = page.due(kind, now).map(|(id, slot)| (id.clone(), slot)).collect();
        page.take(&seen, kind, now)
    }

    fn work(page: &DuePage, kind: DueKind, worked: &Worked, now: Timestamp) -> DuePage {
        let (page, taken) = take(page, kind, now);
        page.give_back(kind, now, taken.iter().map(|(id, (line, _))| (id, line, worked)))
    }

    #[test]
    fn a_line_is_written_where_it_has_to_be_earlier_or_open_again() {
        let ask = |seconds| Slots::from([(DueKind::Ask, after(seconds))]);
        let (generation, page) = DuePage::default().listed(&id(1), 0, &ask(60));
        let page = page.unwrap();
        assert_eq!(generation, 1);
        assert_eq!(page.listed(&id(1), 0, &ask(60)), (1, None), "it is there");
        assert_eq!(page.listed(&id(1), 0, &ask(90)), (1, None), "it is earlier");
        let earlier = page.listed(&id(1), 0, &ask(30)).1.unwrap();
        assert_eq!(slot(&earlier, DueKind::Ask), Some(Slot::at(after(30))));
        assert_eq!(page.listed(&id(1), 1, &ask(60)).0, 2, "the first was closed");
    }

    #[test]
    fn what_is_taken_is_nobody_elses_until_its_lease_ends() {
        let page = page_of(&[(DueKind::Tell, NOW)]);
        let seen = [1, 2].map(|n| (id(n), Slot::at(NOW)));
        let (page, taken) = page.take(&seen, DueKind::Tell, NOW);
        assert_eq!(taken.len(), 1);
        assert!(page.take(&seen, DueKind::Tell, NOW).1.is_empty(), "somebody else has it");
        assert!(take(&page, DueKind::Tell, after(119)).1.is_empty());
        assert_eq!(take(&page, DueKind::Tell, after(120)).1.len(), 1);
    }

    #[test]
    fn what_comes_to_nothing_is_tried_at_growing_intervals() {
        let waits = |kind| {
            let (mut page, mut now, mut waits) = (page_of(&[(kind, NOW)]), NOW, Vec::new());
            for _ in 0..9 {
                page = work(&page, kind, &Worked::Failed(Slots::new()), now);
                let next = slot(&page, kind).unwrap().when();
                waits.push(next.since(now).as_secs());
                now = next;
            }
            waits
        };
        assert_eq!(waits(DueKind::Settle), [30; 9]);
        assert_eq!(waits(DueKind::Tell), [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    }

    #[test]
    fn a_slot_beyond_a_day_is_due_and_delays_no_other() {
        let page = page_of(&[(DueKind::Ask, after(100 * 3_600)), (DueKind::Tell, after(60))]);
        assert_eq!(page.due(DueKind::Ask, NOW).count(), 1);
        assert_eq!(page.due(DueKind::Tell, NOW).count(), 0);
        let done = Worked::Done(Slots::from([(DueKind::Ask, after(1_000_000)), (DueKind::Tidy, after(1_000_000))]));
        let page = work(&page, DueKind::Ask, &done, NOW);
        assert_eq!(slot(&page, DueKind::Ask), Some(Slot::at(NOW.plus(AHEAD_MAX))));
        assert_eq!(slot(&page, DueKind::Tidy), Some(Slot::at(NOW.plus(AHEAD_MAX))));
    }

    #[test]
    fn what_is_brought_forward_during_the_work_stays_so() {
        let page = page_of(&[(DueKind::Ask, NOW)]);
        let (page, taken) = take(&page, DueKind::Ask, NOW);
        let page = page.listed(&id(1), 0, &Slots::from([(DueKind::Ask, after(20))])).1.unwrap();
        let done = Worked::Done(Slots::from([(DueKind::Ask, after(60))]));
        let page = page.give_back(DueKind::Ask, NOW, taken.iter().map(|(id, (line, _))| (id, line, &done)));
        assert_eq!(slot(&page, DueKind::Ask), Some(Slot::at(after(20))));
    }

    #[test]
    fn an_idle_line_goes_unless_it_was_opened_again_meanwhile() {
        let page = page_of(&[(DueKind::Tidy, NOW)]);
        assert!(work(&page, DueKind::Tidy, &Worked::Idle, NOW).lines.is_empty());
        let (page, taken) = take(&page, DueKind::Tidy, NOW);
        let page = page.listed(&id(1), 1, &Slots::from([(DueKind::Ask, NOW)])).1.unwrap();
        let idle = Worked::Idle;
        let page = page.give_back(DueKind::Tidy, NOW, taken.iter().map(|(id, (line, _))| (id, line, &idle)));
        assert_eq!(page.lines.len(), 1);
    }

    #[test]
    fn a_full_page_fits_every_store() {
        let slots: Slots = DueKind::ALL.iter().map(|kind| (*kind, NOW)).collect();
        let mut page = DuePage::default();
        for n in 0..LINES_MAX {
            let account = AccountId::from_random(u128::try_from(n).unwrap_or_default().to_be_bytes());
            page = page.listed(&account, 0, &slots).1.unwrap();
        }
        assert!(!page.has_room());
        let bytes = serde_json::to_vec(&page).map_or(usize::MAX, |bytes| bytes.len());
        assert!(bytes < 255 * 1_024, "{bytes} bytes");
    }
}
