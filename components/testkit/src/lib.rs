//! For tests: models of stores, and in-memory ports with faults.

mod memory;
mod model;

pub use memory::{Fault, Memory};
pub use model::{Kv, Model, Observed, Swapped, Unsupported};
