//! Photos looked at as pictures, before a training is paid for: decoded at reduced scale, in bounded memory, and judged by a person's eye.
//!
//! [`look()`] makes a few numbers of one photo; [`findings`] says of a set of them what its owner should change;
//! [`perceptual_hash`] is what a copy of a picture is known by that was saved anew. Two write a picture anew: [`upright()`] turns a photo the
//! way it is shown, [`watermark()`] draws a text into it. Pure, and a photo that would
//! take too much memory or time is not looked at, which is no fault of the photo: [`Flaw::NotLookedAt`].

mod finding;
mod font;
mod hash;
mod header;
mod jpeg;
mod limits;
mod look;
mod orientation;
mod output;
mod photo;
mod picture;
mod png;
mod raster;
mod stamp;
mod thumb;
mod unmarkable;
mod upright;
mod watermark;
mod webp;

pub use finding::{Finding, Flaw, findings};
pub use hash::perceptual_hash;
pub use limits::{MEMORY_BYTES_MAX, PIXELS_MAX, REWRITTEN_BYTES_MAX};
pub use look::{Look, look, memory_needed};
pub use picture::Picture;
pub use unmarkable::Unmarkable;
pub use upright::upright;
pub use watermark::watermark;
