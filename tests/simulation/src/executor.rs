//! Processes, run one effect at a time.
//!
//! A process is a future that is polled only when it is chosen. Each poll lets one effect happen and runs on to the next one, so between
//! two polls any other process may have its turn, and a process dropped there died between two effects.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use crate::world::{Event, Mishap, World};
use crate::{callbacks, kv};

/// How long a process stands still where that is planned.
const STALL_MS: i64 = 60_000;

/// What a process may do in the poll under way, and what it waits for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Poll {
    /// Its number.
    pub process: usize,
    /// Whether an effect may still happen.
    may_act: bool,
    /// Whether it wants another effect.
    wants: bool,
    /// When its next wait is over.
    wake_at: Option<i64>,
    /// What is planned to happen to the effect of this poll.
    pub mishap: Option<Mishap>,
}

/// A process to be started.
pub struct Spawned {
    /// Its number.
    pub number: usize,
    /// Method and path of the request it answers; empty for a client.
    pub path: String,
    /// What it does.
    pub future: Pin<Box<dyn Future<Output = ()>>>,
    /// Where whoever waits for it learns that it is over.
    pub ended: Rc<RefCell<bool>>,
}

struct Process {
    spawned: Spawned,
    wants: bool,
    wake_at: Option<i64>,
    frozen_until: i64,
    effects: usize,
}

/// All processes of a history.
pub struct Executor {
    world: Rc<World>,
    processes: Vec<Process>,
    polls: usize,
}

impl World {
    /// Waits for the process's turn; whatever the caller does next is one effect.
    pub async fn turn(&self) {
        let mut registered = false;
        poll_fn(|cx| {
            let mut poll = self.poll.get();
            if registered && poll.may_act {
                poll.may_act = false;
                self.poll.set(poll);
                return std::task::Poll::Ready(());
            }
            registered = true;
            poll.wants = true;
            self.poll.set(poll);
            // Futures within futures are polled again only when they ask for it.
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    /// Waits until the world's time is `at`.
    pub async fn until(&self, at: i64) {
        poll_fn(|cx| {
            if self.time.get() >= at {
                return std::task::Poll::Ready(());
            }
            let mut poll = self.poll.get();
            poll.wake_at = Some(poll.wake_at.map_or(at, |other| other.min(at)));
            self.poll.set(poll);
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

impl Executor {
    /// No processes yet.
    pub const fn new(world: Rc<World>) -> Self {
        Self { world, processes: Vec::new(), polls: 0 }
    }

    /// Runs until nothing is left to do, at most until the world's time is `end`, and for `polls_max` polls.
    pub fn run(&mut self, end: i64, polls_max: usize) {
        let last = self.polls + polls_max;
        while self.polls < last && self.world.time.get() < end {
            self.start_spawned();
            while let Some(event) = self.world.take_due() {
                self.happen(event);
            }
            self.start_spawned();
            let now = self.world.time.get();
            let ready: Vec<usize> = (0..self.processes.len()).filter(|n| self.is_ready(*n, now)).collect();
            if let Some(chosen) = self.world.one_of(&ready) {
                self.poll(*chosen);
                self.world.time.set(self.world.time.get() + self.world.millis(0, 6));
            } else if let Some(next) = self.next_time() {
                self.world.time.set(next.max(now).min(end));
            } else {
                return;
            }
        }
    }

    /// Lets every process die that is left.
    pub fn kill_all(&mut self) {
        self.start_spawned();
        let killed = self.processes.drain(..).map(|process| process.spawned.number);
        self.world.evidence.borrow_mut().troubled.extend(killed);
    }

    /// How many polls there were.
    pub const fn polls(&self) -> usize {
        self.polls
    }

    fn start_spawned(&mut self) {
        let spawned = std::mem::take(&mut *self.world.spawned.borrow_mut());
        let process = |spawned| Process { spawned, wants: true, wake_at: None, frozen_until: 0, effects: 0 };
        self.processes.extend(spawned.into_iter().map(process));
    }

    fn is_ready(&self, n: usize, now: i64) -> bool {
        self.processes.get(n).is_some_and(|process| {
            process.frozen_until <= now && (process.wants || process.wake_at.is_some_and(|at| at <= now))
        })
    }

    fn next_time(&self) -> Option<i64> {
        let wake = |process: &Process| {
            let at = if process.wants { Some(process.frozen_until) } else { process.wake_at };
            at.map(|at| at.max(process.frozen_until))
        };
        self.processes.iter().filter_map(wake).chain(self.world.next_event_at()).min()
    }

    fn poll(&mut self, n: usize) {
        self.polls += 1;
        let Some(process) = self.processes.get_mut(n) else { return };
        let world = &self.world;
        let is_server = !process.spawned.path.is_empty();
        let faults = world.faults.get();
        let mut mishap = None;
        if is_server {
            mishap = world.planned(&process.spawned.path, process.effects);
            if matches!(mishap, Some(Mishap::Crash | Mishap::Stall | Mishap::Outage)) {
                world.plan_is_done();
            }
            if mishap == Some(Mishap::Stall) {
                process.frozen_until = world.time.get() + STALL_MS;
                return;
            }
            if mishap == Some(Mishap::Crash) || world.happens(faults.crash) {
                return self.die(n);
            }
            if mishap == Some(Mishap::Outage) || world.happens(faults.outage) {
                return self.die_all();
            }
            if world.happens(faults.stall) {
                let stall = world.millis(100, 600_000);
                world.tell(|| format!("process {} stands still for {stall} ms", process.spawned.number));
                process.frozen_until = world.time.get() + stall;
                return;
            }
            if world.happens(faults.clock_jump) {
                let jump = world.millis(-25 * 3_600_000, 25 * 3_600_000);
                world.tell(|| format!("the clock jumps by {} s", jump / 1000));
                world.clock_off.set(jump);
            }
        }
        let number = process.spawned.number;
        world.poll.set(Poll { process: number, may_act: true, wants: false, wake_at: None, mishap });
        let mut context = Context::from_waker(Waker::noop());
        let done = process.spawned.future.as_mut().poll(&mut context).is_ready();
        let poll = world.poll.get();
        (process.wants, process.wake_at) = (poll.wants, poll.wake_at);
        if !poll.may_act {
            process.effects += 1;
            if mishap.is_some() {
                world.plan_is_done();
            }
        }
        if done {
            let process = self.processes.swap_remove(n);
            self.end(&process);
        }
    }

    /// Whoever waited for the process may go on.
    fn end(&mut self, process: &Process) {
        *process.spawned.ended.borrow_mut() = true;
        // Clients wait for answers without a time of their own.
        self.processes.iter_mut().filter(|other| other.spawned.path.is_empty()).for_each(|client| client.wants = true);
    }

    fn die(&mut self, n: usize) {
        let process = self.processes.swap_remove(n);
        self.world.tell(|| format!("process {} dies after {} effects", process.spawned.number, process.effects));
        self.world.evidence.borrow_mut().troubled.insert(process.spawned.number);
        self.end(&process);
    }

    fn die_all(&mut self) {
        self.world.tell(|| "the application dies".to_owned());
        let hit = self.processes.iter().filter(|process| !process.spawned.path.is_empty()).count();
        self.world.evidence.borrow_mut().note_outage(hit);
        while let Some(n) = self.processes.iter().position(|process| !process.spawned.path.is_empty()) {
            self.die(n);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::JobEnds(job) => callbacks::job_ends(&self.world, job),
            Event::Callback(callback) => callbacks::deliver(&self.world, callback),
            Event::LateWrite(write) => kv::apply_late(&self.world, write),
        }
    }
}
