//! The ports on Spin. Only this crate calls spin-sdk; a function uses nothing of it but the macro that makes a handler of it.
//!
//! A function is `spin_host::serve(request, api::components::some_component).await` and nothing else.

#![cfg(target_family = "wasm")]

mod backend;
mod kv;
mod outbound;
mod ports;
mod random;
mod redis;
mod serve;

pub use serve::{Answer, serve};
pub use spin_sdk::http::Request;
