//! What `cargo likeness soak` can be asked. `likeness` has this file, too: it answers `--help` before anything is built.

use clap::Parser;

/// Kill the real application at random moments under load, restart it, reconcile, and audit every credit
#[derive(Debug, Parser)]
#[command(name = "soak", bin_name = "cargo likeness soak", max_term_width = 110)]
pub(crate) struct Args {
    /// How often the application is killed
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub(crate) kills: u32,
    /// How many customers use it at the same time
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) customers: u32,
    /// Keep the state on a real Redis that flushes every write, and kill that one now and then, too
    #[arg(long)]
    pub(crate) redis: bool,
    /// Beside one customer with everything against everybody, instead of kills: nobody honest may wait, pay or lose
    #[arg(long, conflicts_with = "redis")]
    pub(crate) hostile: bool,
    /// Seed of the customers' choices and the moments of the kills; a new one if not given
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Serve the application instead: what the soak starts and kills
    #[arg(long, hide = true)]
    pub(crate) serve: Option<String>,
}
