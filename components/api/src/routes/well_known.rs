//! What programs look for at a place of its own (RFC 8615).

pub(crate) mod likeness_keys;
