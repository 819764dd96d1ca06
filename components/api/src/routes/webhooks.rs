//! What providers report.

pub(crate) mod provider;
