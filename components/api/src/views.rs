//! What several routes show.

pub(crate) mod message;
pub(crate) mod task;
