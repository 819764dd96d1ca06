//! Those of one process that change the same document at the same time: one of them leads, and its swap writes the changes of all.
//!
//! Whoever comes takes a seat in the queue of its document. Where nobody leads, it does: it reads the document, decides, and opens what it is
//! about to write. As long as that is open the others go aboard, in their order of arrival, each with its own decision on what those before
//! it made of the document. Then the leader swaps once, and tells all of them what came of it. Nobody runs another's code: what is handed
//! on is bytes.
//!
//! Whoever goes away leaves its seat. A leader that goes away, or takes too long, leaves those aboard in doubt: each looks for itself whether
//! it was written. Nobody is woken, everybody looks again after a short time, so this holds on hosts where one request cannot wake another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Unavailable;

/// Most changes that one swap writes: as many as an instance has requests. An account's document has room for those of the next swaps, too,
/// until its old entries have left it.
pub(crate) const CHANGES_MAX: usize = 16;

/// The queues of all documents that somebody changes now. Those that share it share their swaps: they have to have the same store.
#[derive(Debug, Clone, Default)]
pub struct Queues(Arc<Mutex<BTreeMap<String, Arc<Mutex<Queue>>>>>);

#[derive(Debug, Default)]
struct Queue {
    /// By their numbers: in their order of arrival.
    seats: BTreeMap<i64, State>,
    /// How many came so far.
    came: i64,
    leader: Option<i64>,
    open: Option<Open>,
    /// How often somebody began to lead, opened, told or was deposed.
    events: u64,
}

#[derive(Debug)]
enum State {
    Waits,
    Leads,
    Aboard,
    Told(Told),
}

/// What somebody aboard is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// The swap that its change was part of took effect.
    Written,
    /// It is not known to have taken effect.
    InDoubt,
    /// The document cannot be read.
    Failed(Unavailable),
}

/// What is about to be written.
#[derive(Debug)]
pub(crate) struct Open {
    /// The document as it was read.
    pub(crate) base: Arc<[u8]>,
    /// As it is to be written.
    pub(crate) value: Vec<u8>,
    /// Signs the write, whoever has a part in it.
    pub(crate) nonce: Arc<str>,
    /// How many changes are in it.
    changes: usize,
}

/// A place in the queue of a document. It is given up when this goes.
#[derive(Debug)]
pub(crate) struct Seat {
    queues: Queues,
    key: String,
    queue: Arc<Mutex<Queue>>,
    number: i64,
}

/// What whoever sits there may do now.
pub(crate) enum Turn<'a> {
    /// Read the document and write it.
    Lead,
    /// Add its change to what is open.
    Board(Boarding<'a>),
    /// Look again later.
    Wait {
        /// How often something has happened in the queue so far. Where nothing does for long, whoever leads takes too long.
        events: u64,
    },
    /// Go by what it is told.
    Told(Told),
}

/// Going aboard. Nobody else does meanwhile.
pub(crate) struct Boarding<'a> {
    queue: MutexGuard<'a, Queue>,
    number: i64,
}

impl Queues {
    /// Takes a seat behind all others that wait to change a document.
    pub(crate) fn arrive(&self, key: &str) -> Seat {
        self.sit(key, |came| came)
    }

    /// Takes a seat before all others.
    pub(crate) fn arrive_ahead(&self, key: &str) -> Seat {
        self.sit(key, i64::saturating_neg)
    }

    /// Takes the seat with this number, by how many came before, from 1.
    fn sit(&self, key: &str, number: fn(i64) -> i64) -> Seat {
        let mut table = lock(&self.0);
        let queue = Arc::clone(table.entry(key.to_owned()).or_default());
        let mut inside = lock(&queue);
        inside.came = inside.came.saturating_add(1);
        let number = number(inside.came);
        inside.seats.insert(number, State::Waits);
        drop(inside);
        Seat { queues: self.clone(), key: key.to_owned(), queue, number }
    }
}

impl Seat {
    /// What to do now.
    pub(crate) fn turn(&self) -> Turn<'_> {
        let mut queue = lock(&self.queue);
        match queue.seats.insert(self.number, State::Waits) {
            Some(State::Told(told)) => Turn::Told(told),
            Some(State::Aboard) => {
                queue.seats.insert(self.number, State::Aboard);
                Turn::Wait { events: queue.events }
            }
            _ if queue.leader.is_none() => {
                queue.leader = Some(self.number);
                queue.happens();
                queue.seats.insert(self.number, State::Leads);
                Turn::Lead
            }
            _ if queue.has_room_for(self.number) => Turn::Board(Boarding { queue, number: self.number }),
            _ => Turn::Wait { events: queue.events },
        }
    }

    /// Shows what the leader is about to write, so that others go aboard.
    pub(crate) fn open(&self, base: Arc<[u8]>, value: Vec<u8>, nonce: Arc<str>) {
        let mut queue = lock(&self.queue);
        if queue.leader == Some(self.number) {
            queue.open = Some(Open { base, value, nonce, changes: 1 });
            queue.happens();
        }
    }

    /// Whether somebody has still to go aboard of what is open.
    pub(crate) fn is_awaited(&self) -> bool {
        let queue = lock(&self.queue);
        queue.seats.iter().any(|(number, state)| matches!(state, State::Waits) && queue.has_room_for(*number))
    }

    /// What the leader is to write, and nobody goes aboard of any more; nothing where it leads no more.
    pub(crate) fn close(&self) -> Option<Vec<u8>> {
        let mut queue = lock(&self.queue);
        let leads = queue.leader == Some(self.number);
        queue.open.take_if(|_| leads).map(|open| open.value)
    }

    /// Tells those aboard what came of the swap. Whether its teller still leads: who does not is told nothing else, and tells nobody.
    pub(crate) fn tell(&self, told: &Told) -> bool {
        let mut queue = lock(&self.queue);
        let leads = queue.leader == Some(self.number);
        if leads {
            queue.tell(told, |state| matches!(state, State::Aboard));
        }
        leads
    }

    /// Tells those that wait that the document cannot be read: each of them would find out the same, one after the other.
    pub(crate) fn fail(&self, why: &Unavailable) {
        let mut queue = lock(&self.queue);
        if queue.leader == Some(self.number) {
            queue.tell(&Told::Failed(why.clone()), |state| matches!(state, State::Waits));
        }
    }

    /// Ends the lead of whoever leads, who takes too long.
    pub(crate) fn depose(&self) {
        lock(&self.queue).depose();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = lock(&self.queues.0);
        let mut queue = lock(&self.queue);
        if queue.leader == Some(self.number) {
            queue.depose();
        }
        queue.seats.remove(&self.number);
        if queue.seats.is_empty() {
            table.remove(&self.key);
        }
    }
}

impl Boarding<'_> {
    /// What is open; nothing would be a mistake of [`Seat::turn`].
    pub(crate) fn open(&self) -> Option<&Open> {
        self.queue.open.as_ref()
    }

    /// Goes aboard with a change, or with what stands as long as all before it does.
    pub(crate) fn board(mut self, value: Option<Vec<u8>>) {
        let Some(open) = &mut self.queue.open else { return };
        open.changes = open.changes.saturating_add(1);
        if let Some(value) = value {
            open.value = value;
        }
        self.queue.seats.insert(self.number, State::Aboard);
    }
}

impl Queue {
    /// Whether this one may go aboard: those before it that still wait have their places first.
    fn has_room_for(&self, number: i64) -> bool {
        let before = self.seats.range(..number).filter(|(_, state)| matches!(state, State::Waits)).count();
        self.open.as_ref().is_some_and(|open| open.changes.saturating_add(before) < CHANGES_MAX)
    }

    fn happens(&mut self) {
        self.events = self.events.wrapping_add(1);
    }

    fn tell(&mut self, told: &Told, who: impl Fn(&State) -> bool) {
        self.happens();
        self.seats.values_mut().filter(|state| who(state)).for_each(|state| *state = State::Told(told.clone()));
    }

    /// Nobody leads any more, and those aboard are left in doubt.
    fn depose(&mut self) {
        self.tell(&Told::InDoubt, |state| matches!(state, State::Aboard));
        if let Some(state) = self.leader.take().and_then(|leader| self.seats.get_mut(&leader)) {
            *state = State::Waits;
        }
        self.open = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
