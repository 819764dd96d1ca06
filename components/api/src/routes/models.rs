//! The models that can be run.

pub(crate) mod list;
