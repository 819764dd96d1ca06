//! Photos recognised and measured from their bytes, and the training zip laid out.
//!
//! Pure, and in flat memory: a photo passes through an [`Inspection`] in chunks and is never decoded, and a zip is a list
//! of [parts](zip::Part) of which the photos' bytes are fetched when their turn comes.

mod header;
mod inspection;
mod problem;
pub mod zip;

pub use domain::Format;
pub use inspection::{Facts, Inspection, SHORT_SIDE_MIN_PX, check_size};
pub use problem::{PHOTO_BYTES_MAX, PHOTO_PIXELS_MAX, Problem};
