//! Runs a Spin application on wasmtime, as Spin does.
