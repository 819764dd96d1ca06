//! Callers' own files: announced, put there behind a signed link that ends, and fetched by whoever knows their names.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod put;

use lifecycle::links::Signed;

use crate::wire::Request;

/// The link that a request came with, given its `expires` and `mac`.
pub(crate) fn signed<'a, B>(request: &'a Request<B>, (expires, mac): &'a (String, String)) -> Signed<'a> {
    Signed { name: request.segment("name"), expires, mac }
}

/// The parts of a signed link that stand in its query.
pub(crate) fn signature<B>(request: &Request<B>) -> (String, String) {
    let parameter = |name| request.parameter(name).unwrap_or_default();
    (parameter("expires"), parameter("mac"))
}
