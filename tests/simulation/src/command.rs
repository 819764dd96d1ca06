//! What the simulation does when it is asked on the command line, with the bugs that are compiled in or without any.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use testkit::Model;

use crate::args::Args;
use crate::{crashes, history, hostile};

/// Most seeds a deliberate bug may live through.
const SEEDS_PER_BUG: u64 = 20_000;
/// Seeds that are tried before a hostile customer is.
const SEEDS_FIRST: u64 = 20;
/// Seeds that are tried before the crash points are.
const SEEDS_BEFORE_CRASHES: u64 = 500;
/// Failing seeds that are shown before the rest is only counted.
const SHOWN_MAX: usize = 5;

/// The deliberate bugs that are compiled in: none in the source, all of them in the copy that `cargo likeness simulate --bugs` makes.
#[derive(Debug)]
pub struct Bugs {
    /// What they are called.
    pub names: Vec<String>,
    /// Switches one on, or all of them off, for this thread.
    pub switch: fn(Option<usize>),
}

impl Bugs {
    /// None, as in the source.
    pub const fn none() -> Self {
        Self { names: Vec::new(), switch: |_| () }
    }

    fn named(&self, name: &str) -> Result<usize, String> {
        let found = self.names.iter().position(|known| known == name);
        found.ok_or_else(|| format!("no bug is called {name}; there are {}", self.names.join(", ")))
    }
}

/// Does what the command line asks for.
pub fn run(bugs: &Bugs) -> ExitCode {
    let args = Args::parse();
    let bug = match args.bug.as_deref().map(|name| bugs.named(name)).transpose() {
        Ok(bug) => bug,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let switch = || (bugs.switch)(bug);
    let holds = if args.bugs {
        hunt(bugs)
    } else if args.crashes {
        switch();
        crash_points()
    } else if let Some(seed) = args.seed {
        switch();
        one(seed)
    } else {
        many(&args, &switch)
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Replays one history and tells its story.
fn one(seed: u64) -> bool {
    let outcome = history::live(seed, true);
    outcome.story.iter().for_each(|line| println!("{line}"));
    println!();
    if outcome.broken.is_empty() {
        println!("Every invariant holds.");
    } else {
        println!("Broken:");
        outcome.broken.iter().for_each(|broken| println!("  {broken}"));
    }
    outcome.broken.is_empty()
}

/// Lives through many histories, on all cores.
fn many(args: &Args, switch: &(dyn Fn() + Sync)) -> bool {
    let began = Instant::now();
    let end = args.minutes.map(|minutes| began + Duration::from_secs(60 * minutes));
    let from = if end.is_some() { fastrand::u64(..u64::MAX / 2) } else { args.from };
    let count = if end.is_some() { u64::MAX / 2 } else { args.histories };
    let progress = if end.is_some() { ProgressBar::new_spinner() } else { ProgressBar::new(count) };
    let template = if end.is_some() {
        "{spinner} {pos} histories in {elapsed}"
    } else {
        "{bar:40} {pos}/{len} histories, {eta} left"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        progress.set_style(style);
    }
    if progress.is_hidden() {
        println!("Living through histories, from seed {from}");
    }
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        switch();
        let (mut broken, mut polls) = (Vec::new(), 0);
        while !stop.load(Ordering::Relaxed) && end.is_none_or(|end| Instant::now() < end) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= count {
                break;
            }
            let outcome = history::live(from + n, false);
            polls += outcome.polls;
            progress.inc(1);
            if !outcome.broken.is_empty() {
                broken.push((from + n, outcome.broken));
                // One is enough for a bug that was put there.
                stop.fetch_or(args.bug.is_some(), Ordering::Relaxed);
            }
        }
        (broken, polls)
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect()
    });
    progress.finish_and_clear();
    let died = results.len() < threads;
    let polls: usize = results.iter().map(|(_, polls)| polls).sum();
    let mut broken: Vec<_> = results.into_iter().flat_map(|(broken, _)| broken).collect();
    broken.sort_by_key(|(seed, _)| *seed);
    for (seed, what) in broken.iter().take(SHOWN_MAX) {
        println!("seed {seed}:");
        for what in what {
            println!("  {what}");
        }
    }
    let lived = next.load(Ordering::Relaxed).min(count);
    println!(
        "{lived} histories of {} steps in {:.1?}; {} broke something",
        polls / usize::try_from(lived).unwrap_or(1).max(1),
        began.elapsed(),
        broken.len()
    );
    if let Some((seed, _)) = broken.first() {
        let switch = args.bug.as_ref().map(|name| format!(" --bug {name}")).unwrap_or_default();
        println!("next:  cargo likeness simulate --seed {seed}{switch}");
    }
    if died {
        println!("a thread panicked: its message stands above");
    }
    broken.is_empty() && !died
}

/// Makes sure that every deliberate bug is found, on all cores. Tells of each in the order they are in.
fn hunt(bugs: &Bugs) -> bool {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<(usize, Option<Found>)>| loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        if nth >= bugs.names.len() {
            break;
        }
        (bugs.switch)(Some(nth));
        // Nobody listens any more: then nobody is told.
        drop(sender.send((nth, first_found())));
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let found = std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        report(bugs, &receiver)
    });
    let all = !bugs.names.is_empty() && found == bugs.names.len();
    println!("{} deliberate bugs, {}", bugs.names.len(), if all { "each of them found" } else { "and some not found" });
    all
}

/// Where it was found, and what it broke.
type Found = (String, String);

/// The first history that a bug breaks; or else it is found beside a hostile customer, or at a crash point.
fn first_found() -> Option<Found> {
    let history =
        |seed| history::live(seed, false).broken.into_iter().next().map(|what| (format!("seed {seed}"), what));
    let hostile = || hostile::live().into_iter().next().map(|what| ("a hostile customer".to_owned(), what));
    let crash =
        || crashes::first(Model::Sqlite).and_then(|found| Some((found.place, found.broken.into_iter().next()?)));
    (0..SEEDS_FIRST)
        .find_map(history)
        .or_else(hostile)
        .or_else(|| (SEEDS_FIRST..SEEDS_BEFORE_CRASHES).find_map(history))
        .or_else(crash)
        .or_else(|| (SEEDS_BEFORE_CRASHES..SEEDS_PER_BUG).find_map(history))
}

/// Tells of each bug once those before it are told of; says how many were found.
fn report(bugs: &Bugs, outcomes: &mpsc::Receiver<(usize, Option<Found>)>) -> usize {
    let mut waiting = BTreeMap::new();
    let mut names = bugs.names.iter().enumerate().peekable();
    let mut count = 0;
    for (nth, outcome) in outcomes {
        waiting.insert(nth, outcome);
        while let Some((nth, name)) = names.peek()
            && let Some(outcome) = waiting.remove(nth)
        {
            count += usize::from(outcome.is_some());
            let told = outcome.map_or_else(
                || format!("NOT FOUND in {SEEDS_PER_BUG} seeds and at no crash point"),
                |(place, what)| format!("found with {place}: {what}"),
            );
            println!("{name:<24} {told}");
            names.next();
        }
    }
    count
}

/// Goes through every crash point.
fn crash_points() -> bool {
    let began = Instant::now();
    let crashes::Points { count, found, at_once } = crashes::enumerate(&Model::SAFE, 1);
    for found in found.iter().take(SHOWN_MAX) {
        println!("{}:", found.place);
        found.broken.iter().for_each(|what| println!("  {what}"));
    }
    println!(
        "{count} crash points in {:.1?}, outages of up to {at_once} requests; {} broke something",
        began.elapsed(),
        found.len()
    );
    found.is_empty()
}
