//! The simulation's command line: see `cargo likeness simulate --help`.

use std::process::ExitCode;

use simulation::command::{self, Bugs};

/// A history is documents read and written a thousand times over: a quarter of its time was the system allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run(&Bugs::none())
}
