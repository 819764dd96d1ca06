//! In-memory ports with faults, for tests.

mod memory;

pub use memory::{Fault, Memory};
