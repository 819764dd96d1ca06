//! API keys: made, listed and revoked. A key is shown once, when it is made; only its digest is kept.

pub(crate) mod create;
mod limits;
pub(crate) mod list;
pub(crate) mod revoke;
