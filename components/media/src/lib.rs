//! Pictures, songs and videos recognised and measured from their bytes.
//!
//! Pure, and in flat memory. Both ways go by the same `walk`, which knows what it has to see of a file and where that is:
//! an [`Inspection`] shows it a file that passes by, a [`Probe`](probe::Probe) asks for those parts of one that is elsewhere.
//! Files lie; whatever they claim, what comes of it is a number or nothing.

mod inspection;
mod mpeg4;
pub mod probe;
mod problem;
mod sound;
#[cfg(test)]
mod testing;
mod walk;
mod webm;

pub use inspection::{Facts, Inspection};
pub use problem::Problem;
