//! Photos before they are paid for.

pub(crate) mod check;
mod resume;
