//! What was made, as far as more than its bytes is asked for.

pub(crate) mod provenance;
pub(crate) mod verify;

mod recipe;
