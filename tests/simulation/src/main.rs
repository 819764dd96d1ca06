//! The simulation's command line: see `cargo likeness simulate --help`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use domain::bug::{self, Bug};
use indicatif::{ProgressBar, ProgressStyle};
use simulation::{crashes, history};
use testkit::Model;

/// A history is documents read and written a thousand times over: a quarter of its time was the system allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Most seeds a deliberate bug may live through.
const SEEDS_PER_BUG: u64 = 5_000;
/// Failing seeds that are shown before the rest is only counted.
const SHOWN_MAX: usize = 5;

/// Live through histories of crashes, lost answers and lying stores, and ask for every money invariant after each.
#[derive(Parser)]
#[command(name = "simulate", bin_name = "cargo likeness simulate", max_term_width = 110)]
struct Args {
    /// Replay this one history and tell its story
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many histories to live through
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    histories: u64,
    /// The first of their seeds
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// Go on for so many minutes instead, with seeds nobody has tried
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// Switch a deliberate bug on, by its name; `--bugs` lists them
    #[arg(long, value_name = "NAME")]
    bug: Option<String>,
    /// Check instead that every deliberate bug is caught
    #[arg(long)]
    bugs: bool,
    /// Go through every crash point of every handler instead
    #[arg(long)]
    crashes: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let bug = match args.bug.as_deref().map(named).transpose() {
        Ok(bug) => bug,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let holds = if args.bugs {
        bugs()
    } else if args.crashes {
        crash_points(bug)
    } else if let Some(seed) = args.seed {
        one(seed, bug)
    } else {
        many(&args, bug)
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn named(name: &str) -> Result<Bug, String> {
    let all: Vec<String> = Bug::ALL.iter().map(|bug| format!("{bug:?}")).collect();
    let bug = Bug::ALL.iter().copied().find(|bug| format!("{bug:?}") == name);
    bug.ok_or_else(|| format!("no bug is called {name}; there are {}", all.join(", ")))
}

/// Replays one history and tells its story.
fn one(seed: u64, bug: Option<Bug>) -> bool {
    bug::switch(bug);
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
fn many(args: &Args, bug: Option<Bug>) -> bool {
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
        bug::switch(bug);
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
                stop.fetch_or(bug.is_some(), Ordering::Relaxed);
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
        let switch = bug.map(|bug| format!(" --bug {bug:?}")).unwrap_or_default();
        println!("next:  cargo likeness simulate --seed {seed}{switch}");
    }
    if died {
        println!("a thread panicked: its message stands above");
    }
    broken.is_empty() && !died
}

/// Makes sure that every deliberate bug is found.
fn bugs() -> bool {
    bug::switch(None);
    let mut all = true;
    for &bug in Bug::ALL {
        bug::switch(Some(bug));
        let found = (0..SEEDS_PER_BUG)
            .find_map(|seed| history::live(seed, false).broken.into_iter().next().map(|what| (seed, what)));
        bug::switch(None);
        all &= found.is_some();
        let found = found.map_or_else(
            || format!("NOT FOUND in {SEEDS_PER_BUG} seeds"),
            |(seed, what)| format!("found with seed {seed}: {what}"),
        );
        println!("{:<24} {found}", format!("{bug:?}"));
    }
    println!("{} deliberate bugs, {}", Bug::ALL.len(), if all { "each of them found" } else { "and some not found" });
    all
}

/// Goes through every crash point.
fn crash_points(bug: Option<Bug>) -> bool {
    bug::switch(bug);
    let began = Instant::now();
    let (count, found) = crashes::enumerate(&Model::SAFE);
    for found in found.iter().take(SHOWN_MAX) {
        println!("{}:", found.place);
        found.broken.iter().for_each(|what| println!("  {what}"));
    }
    println!("{count} crash points in {:.1?}; {} broke something", began.elapsed(), found.len());
    found.is_empty()
}
