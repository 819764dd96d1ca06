//! What the source says of its own shape: modules without circles, crates in their order, sizes.
//!
//! It reads files and decides on what they say; nothing is built for it.

mod circles;
mod manifest;
mod names;
mod outside;
mod reading;
mod size;
mod source;
mod tree;

pub use circles::circles;
pub use manifest::{Manifest, disorder};
pub use outside::outside;
pub use size::{Size, largest, share};
pub use source::{Crate, Module, root};
pub use tree::crates;
