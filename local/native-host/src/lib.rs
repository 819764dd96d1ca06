//! The ports on this machine: the functions' handlers behind spin.toml's routes, without Wasm.
//!
//! [`Host::load`] reads the manifest, and gives each component the variables, stores and hosts that it is granted there and nothing else: what
//! a component lacks under Spin it lacks here. [`Host::serve`] answers requests on a socket. It is for tests that are quick to build and to
//! run, and shows what the same handlers take without a sandbox; what is deployed is the Wasm files.
//!
//! Ports are used on one thread, so each core has a thread with a runtime of its own, and connections are handed to them in turn.

mod backend;
mod component;
mod host;
mod options;
mod outside;
mod ports;
mod random;
mod received;
mod server;

pub use host::Host;
pub use options::Options;
