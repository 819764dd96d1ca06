//! The simulation with the deliberate bugs in it: see bug.rs. This file is added to the copy as `tests/simulation/src/bin/bugs.rs`.

use std::process::ExitCode;

use domain::bug::{self, Bug};
use simulation::command::{self, Bugs};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let names = Bug::ALL.iter().map(|bug| format!("{bug:?}")).collect();
    command::run(&Bugs { names, switch: |nth| bug::switch(nth.and_then(|nth| Bug::ALL.get(nth).copied())) })
}
