//! Callers' own files: announced, put there behind a signed link that ends, and fetched by whoever knows their names.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod put;
