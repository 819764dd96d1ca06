//! The functions' record, which needs their Wasm files: `cargo likeness test --wasm` holds them to it, `cargo likeness test` passes it over.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot do without may fail it")]

mod wasm;
