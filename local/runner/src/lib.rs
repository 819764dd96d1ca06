//! Runs a Spin application on wasmtime, as Spin does.
//!
//! [`Runner::load`] reads a `spin.toml` (manifest version 2), refuses by name what can't be served here, compiles
//! the components and opens the key-value file. [`Runner::call`] answers one request in process,
//! [`Runner::serve`] answers them on a socket: both go the same way through the same instances.
//!
//! What a component sees is what Spin 4 shows it: its routes and request headers, variables, key-value stores
//! (on the same `SQLite` table), Redis connections, outbound HTTP and the other components (`http://ID.spin.internal`). Where Spin's own `SQLite` store does not keep the promise of the
//! interface (compare-and-swap on an absent key, increments of something else), this one does.
//!
//! Nothing here prints: everything is told through `tracing`, and whoever owns the process decides on the format.

mod answer;
mod chain;
mod compile;
mod components;
mod connections;
mod guest;
mod headers;
mod options;
mod order;
mod outbound;
mod pool;
mod runner;
mod server;
mod turns;

pub use ::host_calls::HostCalls;
pub use key_value::private;
pub use options::{Limits, Options, When};
pub use runner::Runner;

/// The body of an answer: collect it, or read it frame by frame as the component writes it.
pub type Body = wasmtime_wasi_http::WasiBody;
