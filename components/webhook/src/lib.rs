//! Signatures of callbacks and links, over bytes and a given time.
//!
//! Pure: the time and every secret are arguments, a request is its headers and its raw body. All comparisons of
//! signatures take the same time whether they match or not.

pub mod bearer;
pub mod fal;
mod invalid_signature;
pub mod link;
mod loggable;
pub mod standard;

pub use invalid_signature::{InvalidSignature, TOLERANCE_SECONDS, UnusableSecret};
pub use loggable::loggable;
