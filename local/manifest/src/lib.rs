//! `spin.toml`, read and checked as Spin does it: which component answers a path, which variables it is granted, and where it may send requests.
//!
//! What serves the application (the runner, the native host) takes it from here, so that both mean the same by it.

mod hosts;
mod manifest;
mod routes;
mod template;
mod variables;

pub use hosts::{AllowedHosts, chained};
pub use manifest::{BadName, Component, Declaration, Manifest};
pub use routes::{Match, Routes};
pub use template::{Template, Unclosed};
pub use variables::{ComponentVariables, Missing, Variables};
