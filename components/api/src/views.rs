//! What several routes show.

pub(crate) mod certificate;
pub(crate) mod message;
pub(crate) mod task;
