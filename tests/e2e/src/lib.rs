//! The release Wasm files under the runner, over HTTP.
