//! What `cargo likeness simulate` can be asked. `likeness` has this file, too: it answers `--help` before anything is built.

use clap::Parser;

/// Live through histories of crashes, lost answers and lying stores, and ask for every money invariant after each
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are what they are")]
#[command(name = "simulate", bin_name = "cargo likeness simulate", max_term_width = 110)]
pub struct Args {
    /// Replay this one history and tell its story
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many histories to live through
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub histories: u64,
    /// The first of their seeds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub from: u64,
    /// Go on for so many minutes instead, with seeds nobody has tried
    #[arg(long, value_name = "M")]
    pub minutes: Option<u64>,
    /// Go through every crash point of every handler instead
    #[arg(long)]
    pub crashes: bool,
    /// Switch a deliberate bug on, by its name; `--bugs` lists them
    #[arg(long, value_name = "NAME")]
    pub bug: Option<String>,
    /// Check instead that every deliberate bug is caught
    #[arg(long)]
    pub bugs: bool,
    /// Lay out a copy of the components with the bugs in it, to be edited
    #[arg(long, requires = "bugs", conflicts_with = "record")]
    pub edit: bool,
    /// Write the bugs' patches anew, from the copy that was edited
    #[arg(long, requires = "bugs")]
    pub record: bool,
}
