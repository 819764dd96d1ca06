//! Lists, a page at a time.

use lifecycle::history::Range;

use crate::Error;
use crate::checks::NUMBER_MAX;
use crate::wire::Request;

/// Items of an answer, where the caller does not say how many.
const LIMIT_DEFAULT: usize = 20;
/// Most items of an answer.
pub(crate) const LIMIT_MAX: u64 = 100;

/// Most numbers that are looked at for one answer; a page can be short, and the next one goes on.
const NUMBERS_MAX: u64 = 300;

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

/// A page of what is numbered from 1 to `last`, newest first, and the cursor of the next one; `read` gives what is shown of a number.
///
/// # Errors
/// Those of `read`.
pub(crate) async fn numbered<T>(
    range: Range,
    last: u64,
    read: impl AsyncFn(u64) -> Result<Option<T>, Error>,
) -> Result<(Vec<T>, Option<String>), Error> {
    let first = last.saturating_add(1).min(range.before);
    let mut page = Vec::new();
    for n in (1..first).rev() {
        if page.len() >= range.limit || first.saturating_sub(n) > NUMBERS_MAX {
            return Ok((page, Some(n.saturating_add(1).to_string())));
        }
        page.extend(read(n).await?);
    }
    Ok((page, None))
}
