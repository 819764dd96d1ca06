//! Instants, as whole milliseconds since the Unix epoch.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

const NANOS_OF_A_MILLI: i128 = 1_000_000;

/// An instant in UTC, in milliseconds since the Unix epoch; displayed as ISO 8601 with milliseconds (`2026-03-01T12:00:00.000Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant this many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant `duration` later, or the last one there is.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The instant `duration` earlier, or the first one there is.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero when it was not, as after a clock stepped back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The instant on the calendar, or the last one of the year 9999 for all that have none there.
    pub(crate) fn utc(self) -> OffsetDateTime {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0).saturating_mul(NANOS_OF_A_MILLI));
        at.unwrap_or(PrimitiveDateTime::MAX.assume_utc())
    }

    /// The instant to the second, as ISO 8601 has it without separators: `20260301T120000Z`.
    pub fn to_compact(self) -> String {
        let text = self.to_string();
        text.chars().take(DATE_TIME.len()).filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect()
    }
}

/// The form of a date and a time of RFC 3339, with zeros for digits.
const DATE_TIME: &str = "0000-00-00T00:00:00";

/// The text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-03-01T12:00:00Z (RFC 3339)")]
pub struct InvalidTime;

impl FromStr for Timestamp {
    type Err = InvalidTime;

    /// Reads a time as RFC 3339 has it, to the millisecond: with its offset from UTC, and without anything behind that.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        if !is_rfc_3339(text) {
            return Err(InvalidTime);
        }
        read(text).ok_or(InvalidTime)
    }
}

/// The instant of a text in the form of RFC 3339; nothing where a number is none of its kind. What is less than a millisecond is left out.
fn read(text: &str) -> Option<Timestamp> {
    let (date_time, rest) = text.split_at_checked(DATE_TIME.len())?;
    let mut numbers = date_time.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u16>);
    let mut number = || numbers.next()?.ok();
    let year = number()?.into();
    let mut small = || u8::try_from(number()?).ok();
    let date = Date::from_calendar_date(year, small()?.try_into().ok()?, small()?).ok()?;
    let time = Time::from_hms(small()?, small()?, small()?).ok()?;
    let offset = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = rest.strip_suffix(offset)?.trim_start_matches('.');
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let instant = PrimitiveDateTime::new(date, time).assume_offset(read_offset(offset)?);
    Some(Timestamp(instant.unix_timestamp().checked_mul(1_000)?.checked_add(millis)?))
}

/// An offset from UTC: `Z`, or a sign, hours and minutes.
fn read_offset(text: &str) -> Option<UtcOffset> {
    let Some((hours, minutes)) = text.split_once(':') else { return Some(UtcOffset::UTC) };
    let (hours, minutes): (i8, i8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minutes = if text.starts_with('-') { minutes.checked_neg()? } else { minutes };
    UtcOffset::from_hms(hours, minutes, 0).ok()
}

/// Whether a text is written as RFC 3339 has it, whatever its numbers are. What reads the numbers takes other forms, too.
fn is_rfc_3339(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(DATE_TIME.len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let has_digits = !rest.starts_with('.') || offset.len().saturating_add(1) < rest.len();
    let is_offset = matches!(offset, "Z" | "z") || is_like(offset, "+00:00") || is_like(offset, "-00:00");
    has_digits && is_offset && is_like(&date_time.to_ascii_uppercase(), DATE_TIME)
}

/// Whether a text has digits where the form has zeros, and is as the form everywhere else.
fn is_like(text: &str, form: &str) -> bool {
    let is_as = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_as)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc();
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second, millis) = (at.hour(), at.minute(), at.second(), at.millisecond());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn displays_iso_8601_with_milliseconds() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_772_366_400_000, "2026-03-01T12:00:00.000Z"),
            (1_790_781_459_326, "2026-09-30T15:17:39.326Z"),
        ];
        for (millis, text) in cases {
            let at = Timestamp::from_millis(millis);
            assert_eq!(at.to_string(), text);
            assert_eq!(at.to_compact(), format!("{}Z", text[..19].replace(['-', ':'], "")));
        }
        Timestamp::from_millis(i64::MAX).to_string();
        Timestamp::from_millis(i64::MIN).to_string();
    }

    #[test]
    fn times_of_rfc_3339_are_read_and_nothing_else() {
        let noon = Ok(Timestamp::from_millis(1_772_366_400_000));
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01t12:00:00z",
            "2026-03-01T12:00:00.0004Z",
            "2026-03-01T12:00:00.000999999999999999999999Z",
            "2026-03-01T13:30:00+01:30",
            "2026-03-01T11:00:00.000-01:00",
            "2026-03-01T12:00:00-00:00",
        ] {
            assert_eq!(text.parse::<Timestamp>(), noon, "{text}");
        }
        assert_eq!("1969-12-31T23:59:59.999Z".parse(), Ok(Timestamp::from_millis(-1)));
        assert_eq!("1970-01-01T00:00:00.5Z".parse(), Ok(Timestamp::from_millis(500)));
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-03-01T12:00Z",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00,5Z",
            "2026-03-01T12:00:00+01",
            "2026-03-01T12:00:00+01:00[Europe/Vienna]",
            "2026-02-30T12:00:00Z",
            "2026-03-01T25:00:00Z",
            "2026-03-01T12:00:00+99:00",
            "2026-03-01T12:00:00+01:60",
            "2026-03-01T12:60:00Z",
            "20260301T120000Z",
            "+002026-03-01T12:00:00Z",
            "2026-03-01T12:00:00Z ",
            "2026-03-01T12:00:0\u{661}Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTime), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_displayed_is_read_again(millis in -60_000_000_000_000_i64..250_000_000_000_000) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(at.to_string().parse(), Ok(at));
        }

        #[test]
        fn no_text_panics(text in "[0-9TtZz:+. -]{0,40}", any in ".{0,40}") {
            prop_assert!(text.parse::<Timestamp>().is_err() || is_rfc_3339(&text));
            let _ = any.parse::<Timestamp>();
        }
    }

    #[test]
    fn a_clock_that_stepped_back_gives_no_elapsed_time() {
        let (earlier, later) = (Timestamp::from_millis(1_000), Timestamp::from_millis(3_500));
        assert_eq!(later.since(earlier), Duration::from_millis(2_500));
        assert_eq!(earlier.since(later), Duration::ZERO);
        assert_eq!(earlier.plus(Duration::from_millis(2_500)), later);
        assert_eq!(earlier.plus(Duration::MAX).as_millis(), i64::MAX);
    }
}
