//! What things cost, in credits.

use crate::Credits;

/// Training one character.
pub const TRAINING: Credits = Credits::new(500);

/// One delivered picture of a character.
pub const PICTURE: Credits = Credits::new(15);

/// What `count` pictures cost. A request has at most 4, so this saturates only in theory.
pub fn pictures(count: usize) -> Credits {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    PICTURE.times(count).unwrap_or(Credits::new(u64::MAX))
}
