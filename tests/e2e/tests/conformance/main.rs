//! Every provider against the simulator, over real HTTP: one suite that a new one has to pass.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot do without may fail it")]

mod here;
mod jobs;
mod refusals;
mod stage;
