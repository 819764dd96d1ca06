//! Photos, pictures, songs and videos recognised and measured from their bytes, pictures marked as made by a machine, and the training zip laid out.
//!
//! Pure, and in flat memory. Every way goes by the same `walk`, which knows what it has to see of a file and where that is:
//! an [`Inspection`] shows it a file that passes by, a [`Probe`](probe::Probe) asks for those parts of one that is elsewhere.
//! A [`photo`] is a picture with rules of its own on top. Nothing is decoded.
//! Files lie; whatever they claim, what comes of it is a number or nothing.

pub mod cover;
mod error;
mod inspection;
pub mod mark;
mod mpeg4;
mod number;
mod ogg;
pub mod photo;
mod picture;
pub mod probe;
mod recognize;
mod sound;
#[cfg(test)]
mod testing;
mod walk;
mod webm;
pub mod zip;

pub use error::Error;
pub use inspection::{Inspection, Metadata};
pub use recognize::{MAGIC_BYTES, name, recognize};
