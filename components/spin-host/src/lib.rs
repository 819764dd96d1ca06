//! The ports on Spin: the only crate that knows spin-sdk.
//!
//! A function is `spin_host::serve(request, api::some_module::handle).await` and nothing else.

#![cfg(target_family = "wasm")]

mod backend;
mod kv;
mod outbound;
mod ports;
mod redis;
mod serve;

pub use serve::{Answer, serve, serve_admitted, serve_upload};
pub use spin_sdk::http::Request;
