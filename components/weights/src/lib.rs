//! The weights of a model, found in what a provider sends and checked, a piece at a time: a `.safetensors` file, or a tar with one in it.
//!
//! Sans-IO: bytes go in by [`Download::push`] and come out by [`Download::take`], never more than a header and a piece at once in memory.

mod download;
mod error;
mod tar;

pub use download::Download;
pub use error::Error;

/// Largest file of weights, in bytes. Those of a FLUX adapter have 20 to 700 MB.
pub const WEIGHTS_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Largest header of a file of weights, in bytes: a line for each tensor.
pub const HEADER_BYTES_MAX: u64 = 8 * 1024 * 1024;
