//! Spans of time, for people.

use std::time::Duration;

const HOUR_SECONDS: u64 = 60 * 60;
const DAY_HOURS: u64 = 24;

/// A span in days, or in hours where it is no whole number of days, rounded up.
pub(crate) fn span(duration: Duration) -> String {
    let hours = duration.as_secs().div_ceil(HOUR_SECONDS);
    let (count, unit) =
        if hours > 0 && hours.is_multiple_of(DAY_HOURS) { (hours / DAY_HOURS, "day") } else { (hours, "hour") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_days_or_in_hours() {
        for (hours, told) in [(1, "1 hour"), (24, "1 day"), (25, "25 hours"), (168, "7 days"), (720, "30 days")] {
            assert_eq!(span(Duration::from_hours(hours)), told);
        }
        assert_eq!((span(Duration::from_secs(1)), span(Duration::ZERO)), ("1 hour".to_owned(), "0 hours".to_owned()));
    }
}
