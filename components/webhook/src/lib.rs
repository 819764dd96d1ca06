//! Signatures of callbacks and links, over bytes and a given time.
//!
//! Pure: the time and every secret are arguments, a request is its headers and its raw body. All comparisons of
//! signatures take the same time whether they match or not.

pub mod bearer;
pub mod fal;
pub mod link;
mod loggable;
mod rejection;
pub mod standard;

pub use loggable::loggable;
pub use rejection::{Rejection, TOLERANCE_SECONDS, UnusableSecret};
