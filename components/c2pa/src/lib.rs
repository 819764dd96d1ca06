//! C2PA manifests (C2PA Technical Specification 2.2): a signed statement in a picture, which says that a model made it, who signed that, and
//! what the picture's other bytes hash to.
//!
//! Pure: certificate, key and hash are arguments, and there is no time in it. The same of them make the same bytes, and whatever the hash is,
//! there are as many of those. How a manifest is put into a picture is `media`'s.
//!
//! Only what is needed for that is here, not the specification: one claim, two assertions, one algorithm. No time stamps, so readers trust a
//! manifest as long as its certificate is valid.

mod cbor;
mod credential;
mod der;
mod jumbf;
mod manifest;
mod pem;

pub use credential::{CERTIFICATE, CERTIFICATES_MAX, CHAIN_BYTES_MAX, Credential, KEY, SETTINGS};
pub use manifest::{Content, MANIFEST_BYTES_MAX};
