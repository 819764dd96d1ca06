//! What Cog containers upload, under an address with a code that only we can have made.

pub(crate) mod get;
pub(crate) mod put;

use lifecycle::{Ports, links};

use crate::wire::Request;
use crate::{Code, Error};

/// Refuses whoever does not come with the code.
fn admit<P: Ports, B>(ports: &P, request: &Request<B>) -> Result<(), Error> {
    if links::is_upload_key(ports.config(), request.segment("code"))? { Ok(()) } else { Err(not_found()) }
}

fn not_found() -> Error {
    Error::new(Code::NotFound, "No such file")
}
