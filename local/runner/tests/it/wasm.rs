//! What needs a Wasm file: `cargo likeness test --wasm` runs it, `cargo likeness test` passes it over.

mod asked;
mod contained;
mod outbound;
mod redis;
mod refused;
mod requests;
mod served;
mod stores;
mod support;
mod swaps;
