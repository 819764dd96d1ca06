//! How long a provider wants to be left alone.

use http::header::RETRY_AFTER;

use crate::Response;

/// The wait that is taken where none is named, in seconds: Replicate lets an account low on credit ask six times a minute.
const SECONDS_DEFAULT: u64 = 10;
/// The longest wait that is believed, in seconds.
const SECONDS_MAX: u64 = 3600;

/// The longest wait among the one in the header and those `named` elsewhere, in seconds.
pub(crate) fn seconds(response: &Response, named: impl IntoIterator<Item = u64>) -> u64 {
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    header.into_iter().chain(named).max().unwrap_or(SECONDS_DEFAULT).min(SECONDS_MAX)
}
