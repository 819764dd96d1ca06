//! What all processes of a history share.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::evidence::Evidence;
use crate::executor::{Poll, Spawned};
use crate::gpu::Gpu;
use crate::owners::Owners;
use testkit::Kv;

/// When every history begins, in milliseconds since the Unix epoch: 2027-01-15.
pub const BEGINNING: i64 = 1_800_000_000_000;

/// How often what goes wrong, in thousandths of the times it could.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// A store call fails and had no effect.
    pub store_before: u32,
    /// A store call fails although it took effect.
    pub store_after: u32,
    /// A write is reported as failed and takes effect some time later.
    pub store_late: u32,
    /// A process dies before its next effect.
    pub crash: u32,
    /// All of the application dies.
    pub outage: u32,
    /// A process stands still for up to ten minutes.
    pub stall: u32,
    /// The clock jumps by up to 25 hours, either way.
    pub clock_jump: u32,
    /// The provider cannot be reached, or refuses: 429, 5xx.
    pub gpu_before: u32,
    /// The provider's answer is lost after it did what was asked.
    pub gpu_after: u32,
    /// A callback is lost, doubled, late, out of order, contradicted or forged.
    pub callback: u32,
}

/// One planned fault, for those who go through all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The process dies instead.
    Crash,
    /// The effect fails and did not happen.
    FailBefore,
    /// The effect fails although it happened.
    FailAfter,
    /// The same, and the next one fails before it happened: nobody can look what became of the first.
    GoAway,
    /// The process stands still before it, while others go on.
    Stall,
    /// All of the application dies instead.
    Outage,
}

/// Which effect of which process a planned fault hits.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Part of method and path of the request that the process answers.
    pub path: &'static str,
    /// The number of the effect, from 0.
    pub effect: usize,
    /// What happens to it.
    pub mishap: Mishap,
    /// Whether it has happened.
    pub done: bool,
}

/// What a process waits for that is nobody's effect.
#[derive(Debug, Clone)]
pub enum Event {
    /// A job at the provider ends.
    JobEnds(usize),
    /// The provider sends a callback.
    Callback(crate::callbacks::Callback),
    /// A write that was reported as failed takes effect.
    LateWrite(crate::kv::LateWrite),
}

/// What all processes of a history share.
pub struct World {
    /// Milliseconds since the Unix epoch, really.
    pub time: Cell<i64>,
    /// How far the application's clock is off.
    pub clock_off: Cell<i64>,
    /// What goes wrong how often.
    pub faults: Cell<Faults>,
    /// One planned fault.
    pub plan: RefCell<Option<Plan>>,
    /// The store.
    pub kv: RefCell<Kv>,
    /// What the processes of each instance have in common.
    pub instances: [store::Queues; 3],
    /// The providers.
    pub gpu: RefCell<Gpu>,
    /// The servers of those who want to be told.
    pub owners: RefCell<Owners>,
    /// What was seen, to be checked in the end.
    pub evidence: RefCell<Evidence>,
    /// The process that is running, and what it may do.
    pub poll: Cell<Poll>,
    /// Processes to be started.
    pub spawned: RefCell<Vec<Spawned>>,
    /// The application's configuration.
    pub configuration: Rc<lifecycle::Config>,
    clock_jumped: Cell<bool>,
    events: RefCell<BTreeMap<(i64, u64), Event>>,
    sequence: Cell<u64>,
    random: RefCell<fastrand::Rng>,
    story: Option<RefCell<Vec<String>>>,
}

impl World {
    /// A calm and empty world.
    pub fn new(seed: u64, kv: Kv, configuration: lifecycle::Config, tells: bool) -> Rc<Self> {
        Rc::new(Self {
            time: Cell::new(BEGINNING),
            clock_off: Cell::new(0),
            faults: Cell::default(),
            plan: RefCell::default(),
            kv: RefCell::new(kv),
            instances: Default::default(),
            gpu: RefCell::default(),
            owners: RefCell::default(),
            evidence: RefCell::default(),
            poll: Cell::default(),
            spawned: RefCell::default(),
            configuration: Rc::new(configuration),
            clock_jumped: Cell::default(),
            events: RefCell::default(),
            sequence: Cell::new(0),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            story: tells.then(RefCell::default),
        })
    }

    /// The time as the application's clock shows it.
    pub fn clock(&self) -> i64 {
        self.time.get() + self.clock_off.get()
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        self.random.borrow_mut().u64(0..end.max(1))
    }

    /// A number of milliseconds from `least` to `most`.
    pub fn millis(&self, least: i64, most: i64) -> i64 {
        self.random.borrow_mut().i64(least..=most)
    }

    /// One of these.
    pub fn one_of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        all.get(usize::try_from(self.below(all.len() as u64)).unwrap_or_default())
    }

    /// Whether something happens that does so this many times in a thousand.
    pub fn happens(&self, permille: u32) -> bool {
        permille > 0 && self.below(1000) < u64::from(permille)
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.borrow_mut().fill(&mut bytes);
        bytes
    }

    /// Lets something happen later.
    pub fn later(&self, after_ms: i64, event: Event) {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        self.events.borrow_mut().insert((self.time.get() + after_ms, sequence), event);
    }

    /// When the next event is.
    pub fn next_event_at(&self) -> Option<i64> {
        self.events.borrow().keys().next().map(|(at, _)| *at)
    }

    /// Takes the next event that is due.
    pub fn take_due(&self) -> Option<Event> {
        let mut events = self.events.borrow_mut();
        let due = events.first_entry().filter(|entry| entry.key().0 <= self.time.get())?;
        Some(due.remove())
    }

    /// What is planned for this effect of a process that answers a request with this method and path.
    pub fn planned(&self, path: &str, effect: usize) -> Option<Mishap> {
        let plan = self.plan.borrow();
        let hit = |plan: &&Plan| !plan.done && plan.effect == effect && path.contains(plan.path);
        plan.as_ref().filter(hit).map(|plan| plan.mishap)
    }

    /// The planned fault has happened, or the first part of it.
    pub fn plan_is_done(&self) {
        if let Some(plan) = self.plan.borrow_mut().as_mut() {
            match plan.mishap {
                Mishap::GoAway => (plan.mishap, plan.effect) = (Mishap::FailBefore, plan.effect + 1),
                Mishap::Crash | Mishap::FailBefore | Mishap::FailAfter | Mishap::Stall | Mishap::Outage => {
                    plan.done = true;
                }
            }
        }
    }

    /// Remembers for the end whether the clock may have jumped.
    pub fn note_clock_jumps(&self) {
        self.clock_jumped.set(self.faults.get().clock_jump > 0);
    }

    /// Whether the clock may have jumped.
    pub fn clock_jumped(&self) -> bool {
        self.clock_jumped.get()
    }

    /// Adds a line to the story, if one is told.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(story) = &self.story {
            let elapsed = self.time.get() - BEGINNING;
            let (minutes, seconds, millis) = (elapsed / 60_000, elapsed / 1000 % 60, elapsed % 1000);
            let stamp = format!("{:>3}:{minutes:02}:{seconds:02}.{millis:03}", minutes / 60, minutes = minutes % 60);
            story.borrow_mut().push(format!("{stamp}  {}", line()));
        }
    }

    /// The story so far.
    pub fn story(&self) -> Vec<String> {
        self.story.as_ref().map(|story| story.borrow().clone()).unwrap_or_default()
    }

    /// Writes down that something is broken.
    pub fn accuse(&self, what: impl Into<String>) {
        let what = what.into();
        self.tell(|| format!("!! {what}"));
        self.evidence.borrow_mut().broken.push(what);
    }
}
