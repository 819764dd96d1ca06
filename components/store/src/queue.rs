//! Those of one process that change the same document at the same time: one of them leads, and its swap writes the changes of all.
//!
//! Whoever comes takes a seat in the queue of its document. Where nobody leads, it does: it reads the document, decides, and opens what it is
//! about to write. As long as that is open the others go aboard, in their order of arrival, each with its own decision on what those before
//! it made of the document. Then the leader swaps once, and tells all of them what came of it. Nobody runs another's code: what is handed
//! on is the document.
//!
//! Whoever goes away leaves its seat. A leader that goes away, or takes too long, leaves those aboard in doubt: each looks for itself whether
//! it was written. Whoever waits naps, and is woken when there is something for it to do. Nobody depends on that: all look again after a short
//! time, so this holds on hosts where one request cannot wake another.

use std::any::Any;
use std::collections::BTreeMap;
use std::mem::replace;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::{Bell, Entropy, Timer, Unavailable};

/// How long whoever waits sleeps at most before it looks again; and a leader for those that have still to go aboard, from one to the next.
pub(crate) const NAP_MAX: Duration = Duration::from_millis(16);

/// Most changes that one swap writes: as many as an instance has requests. An account's document has room for those of the next swaps, too,
/// until its old entries have left it.
pub(crate) const CHANGES_MAX: usize = 16;

/// The queues of all documents that somebody changes now. Those that share it share their swaps: they have to have the same store.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    table: Arc<Mutex<BTreeMap<String, Arc<Mutex<Queue>>>>>,
    name: Arc<OnceLock<String>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// By their numbers: in their order of arrival.
    seats: BTreeMap<i64, Place>,
    /// How many came so far.
    came: i64,
    leader: Option<i64>,
    open: Option<Open>,
    /// How often somebody began to lead, opened, went aboard, told or was deposed.
    events: u64,
}

#[derive(Debug)]
struct Place {
    state: State,
    /// Wakes whoever naps there.
    bell: Option<Bell>,
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
    pub(crate) document: Box<dyn Any + Send>,
    /// Signs the write, whoever has a part in it.
    pub(crate) nonce: Arc<str>,
    /// How many changes are in it.
    changes: usize,
    /// How many there may be.
    places: usize,
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
    /// What every write of those that share these queues is signed with, before what is its own: no other process has it.
    pub(crate) fn name(&self, host: &impl Entropy) -> &str {
        self.name.get_or_init(|| hex::encode(host.random::<4>()))
    }

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
        let mut table = lock(&self.table);
        let queue = Arc::clone(table.entry(key.to_owned()).or_default());
        let mut inside = lock(&queue);
        inside.came = inside.came.saturating_add(1);
        let number = number(inside.came);
        inside.seats.insert(number, Place { state: State::Waits, bell: None });
        drop(inside);
        Seat { queues: self.clone(), key: key.to_owned(), queue, number }
    }
}

impl Seat {
    /// What to do now.
    pub(crate) fn turn(&self) -> Turn<'_> {
        let mut queue = lock(&self.queue);
        match queue.put(self.number, State::Waits) {
            Some(State::Told(told)) => Turn::Told(told),
            Some(State::Aboard) => {
                queue.put(self.number, State::Aboard);
                Turn::Wait { events: queue.events }
            }
            _ if queue.leader.is_none() => {
                queue.leader = Some(self.number);
                queue.happens();
                queue.put(self.number, State::Leads);
                Turn::Lead
            }
            _ if queue.has_room_for(self.number) => Turn::Board(Boarding { queue, number: self.number }),
            _ => Turn::Wait { events: queue.events },
        }
    }

    /// Naps, unless more has happened than what was seen. Says whether more has happened then.
    pub(crate) async fn nap(&self, timer: &impl Timer, seen: u64) -> bool {
        let (bell, nap) = timer.nap(NAP_MAX);
        if self.hang(bell, seen) {
            nap.await;
        }
        lock(&self.queue).events != seen
    }

    /// Hangs up the bell that wakes whoever is about to nap here; not where more has happened meanwhile.
    fn hang(&self, bell: Bell, seen: u64) -> bool {
        let mut queue = lock(&self.queue);
        let is_quiet = queue.events == seen;
        if let Some(place) = queue.seats.get_mut(&self.number).filter(|_| is_quiet) {
            place.bell = Some(bell);
        }
        is_quiet
    }

    /// Shows what the leader is about to write, so that others go aboard: so many changes at most, its own among them.
    pub(crate) fn open(&self, base: Arc<[u8]>, document: Box<dyn Any + Send>, nonce: Arc<str>, places: usize) {
        let mut queue = lock(&self.queue);
        if queue.leader == Some(self.number) {
            queue.open = Some(Open { base, document, nonce, changes: 1, places });
            queue.happens();
            queue.wake(places.saturating_sub(1), |state| matches!(state, State::Waits));
        }
    }

    /// Whether others wait, too, or come just now.
    pub(crate) fn has_company(&self) -> bool {
        lock(&self.queue).seats.len() > 1
    }

    /// Waits until nobody has still to go aboard of what is open.
    pub(crate) async fn wait_for_others(&self, timer: &impl Timer) {
        while let Some(seen) = self.awaits_others() {
            if !self.nap(timer, seen).await {
                return;
            }
        }
    }

    /// How much has happened so far, where somebody has still to go aboard.
    fn awaits_others(&self) -> Option<u64> {
        let queue = lock(&self.queue);
        queue.somebody_is_to_board().then_some(queue.events)
    }

    /// What the leader is to write, and nobody goes aboard of any more, and how many changes are in it; nothing where it leads no more.
    pub(crate) fn close(&self) -> Option<(Box<dyn Any + Send>, usize)> {
        let mut queue = lock(&self.queue);
        let leads = queue.leader == Some(self.number);
        queue.open.take_if(|_| leads).map(|open| (open.document, open.changes))
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
        let mut table = lock(&self.queues.table);
        let mut queue = lock(&self.queue);
        if queue.leader == Some(self.number) {
            queue.depose();
        }
        queue.seats.remove(&self.number);
        queue.wake(1, |state| matches!(state, State::Waits));
        if queue.seats.is_empty() {
            table.remove(&self.key);
        }
    }
}

impl Boarding<'_> {
    /// What is open; nothing would be a mistake of [`Seat::turn`].
    pub(crate) fn open(&mut self) -> Option<&mut Open> {
        self.queue.open.as_mut()
    }

    /// Goes aboard: what it decided is in what is open.
    pub(crate) fn board(mut self) {
        let Some(open) = &mut self.queue.open else { return };
        open.changes = open.changes.saturating_add(1);
        self.queue.put(self.number, State::Aboard);
        self.queue.happens();
        if !self.queue.somebody_is_to_board() {
            self.queue.wake(1, |state| matches!(state, State::Leads));
        }
    }
}

impl Queue {
    /// Whether this one may go aboard: those before it that still wait have their places first.
    fn has_room_for(&self, number: i64) -> bool {
        let before = self.seats.range(..number).filter(|(_, place)| matches!(place.state, State::Waits)).count();
        self.open.as_ref().is_some_and(|open| open.changes.saturating_add(before) < open.places)
    }

    /// Whether somebody who waits has a place in what is open.
    fn somebody_is_to_board(&self) -> bool {
        let mut waiting = self.seats.iter().filter(|(_, place)| matches!(place.state, State::Waits));
        waiting.next().is_some_and(|(first, _)| self.has_room_for(*first))
    }

    /// What stood there before.
    fn put(&mut self, number: i64, state: State) -> Option<State> {
        self.seats.get_mut(&number).map(|place| replace(&mut place.state, state))
    }

    /// Wakes the first so many of those that nap in such a state.
    fn wake(&mut self, most: usize, who: impl Fn(&State) -> bool) {
        self.seats.values_mut().filter(|place| who(&place.state)).take(most).for_each(|place| place.bell = None);
    }

    fn happens(&mut self) {
        self.events = self.events.wrapping_add(1);
    }

    fn tell(&mut self, told: &Told, who: impl Fn(&State) -> bool) {
        self.happens();
        for place in self.seats.values_mut().filter(|place| who(&place.state)) {
            *place = Place { state: State::Told(told.clone()), bell: None };
        }
    }

    /// Nobody leads any more, and those aboard are left in doubt.
    fn depose(&mut self) {
        self.tell(&Told::InDoubt, |state| matches!(state, State::Aboard));
        if let Some(leader) = self.leader.take() {
            self.put(leader, State::Waits);
        }
        self.open = None;
        self.wake(1, |state| matches!(state, State::Waits));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
