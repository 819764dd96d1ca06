//! Lists, a page at a time.

use lifecycle::history::Range;

use crate::Error;
use crate::checks::NUMBER_MAX;
use crate::wire::Request;

/// Items of an answer, where the caller does not say how many.
const LIMIT_DEFAULT: usize = 20;
/// Most items of an answer.
pub(crate) const LIMIT_MAX: u64 = 100;

/// The part of a list that a caller asks for: `limit`, and the `cursor` of the answer before.
///
/// # Errors
/// [`crate::Code::InvalidRequest`].
pub(crate) fn range<B>(request: &Request<B>) -> Result<Range, Error> {
    range_before(request, "cursor")
}

/// The same, where the cursor has another name.
///
/// # Errors
/// [`crate::Code::InvalidRequest`].
pub(crate) fn range_before<B>(request: &Request<B>, cursor: &str) -> Result<Range, Error> {
    let limit = request.number("limit", 1, LIMIT_MAX)?.and_then(|limit| usize::try_from(limit).ok());
    let before = request.number(cursor, 1, NUMBER_MAX)?.unwrap_or(u64::MAX);
    Ok(Range { limit: limit.unwrap_or(LIMIT_DEFAULT), before })
}
