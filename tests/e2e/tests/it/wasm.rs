//! What only the Wasm files under the runner can show: `cargo likeness test --wasm` runs it, `cargo likeness test` passes it over.

mod bodies;
mod segments;
mod variables;
