//! A film of the provider inside: a second of grey.

use super::picture::data_url;

/// An MPEG-4 file with one picture in it.
const FILM: &[u8] = include_bytes!("film.mp4");

/// The film, as an address that has all of it.
pub(super) fn url() -> String {
    data_url("video/mp4", FILM)
}
