//! Which part of a file a request is for (RFC 9110, 14): values in, values out.
//!
//! One range is answered with it. Several at once, other units, and what cannot be read are answered with the whole file, which the RFC allows.

/// What of a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it.
    Whole,
    /// The bytes from `first` to `last`, counted from 0, both among them, both in the file.
    Part {
        /// The first byte's place.
        first: u64,
        /// The last byte's place.
        last: u64,
    },
    /// None: the range begins behind the file's end.
    NotSatisfiable,
}

/// What is sent of a file of `length` bytes, to a GET with these headers. `etag` is in its quotes, and strong: an `If-Range` that is anything else,
/// a date among it, wants the whole file.
pub(crate) fn wanted(length: u64, etag: &str, range: Option<&str>, if_range: Option<&str>) -> Wanted {
    if if_range.is_some_and(|condition| condition.trim() != etag) {
        return Wanted::Whole;
    }
    match range.and_then(parse) {
        None => Wanted::Whole,
        Some(Range::Last(0)) => Wanted::NotSatisfiable,
        Some(Range::Last(count)) => part(length, length.saturating_sub(count), u64::MAX),
        Some(Range::From { first, .. }) if first >= length => Wanted::NotSatisfiable,
        Some(Range::From { first, last }) => part(length, first, last),
    }
}

/// The part of a file between these places, as far as it goes; an empty file has none, and is sent as it is.
fn part(length: u64, first: u64, last: u64) -> Wanted {
    length.checked_sub(1).map_or(Wanted::Whole, |end| Wanted::Part { first, last: last.min(end) })
}

/// A range as it is written.
enum Range {
    /// `first-last`, or `first-`, which goes on as far as there is something.
    From { first: u64, last: u64 },
    /// `-count`: so many at the end.
    Last(u64),
}

/// The one range in a header; nothing where it is something else.
fn parse(header: &str) -> Option<Range> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    // A list may have empty places.
    let mut ranges = ranges.split(',').map(str::trim).filter(|range| !range.is_empty());
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return None };
    let (first, last) = range.split_once('-')?;
    match (first, last) {
        ("", count) => Some(Range::Last(place(count)?)),
        (first, "") => Some(Range::From { first: place(first)?, last: u64::MAX }),
        (first, last) => {
            let (first, last) = (place(first)?, place(last)?);
            (first <= last).then_some(Range::From { first, last })
        }
    }
}

/// Digits as a number; one that is too large is behind every file's end all the same.
fn place(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn asked(length: u64, range: &str) -> Wanted {
        wanted(length, ETAG, Some(range), None)
    }

    fn part(first: u64, last: u64) -> Wanted {
        Wanted::Part { first, last }
    }

    #[test]
    fn one_range_is_answered_with_what_there_is_of_it() {
        for (range, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=0-9", part(0, 9)),
            ("bytes=9-9", part(9, 9)),
            ("bytes=3-", part(3, 9)),
            ("bytes=0-", part(0, 9)),
            ("bytes=-1", part(9, 9)),
            ("bytes=-10", part(0, 9)),
            ("bytes=-11", part(0, 9)),
            ("bytes=0-131071999", part(0, 9)),
            ("bytes=5-99999999999999999999999", part(5, 9)),
            ("Bytes = , 3-4 ,", part(3, 4)),
            ("bytes=10-", Wanted::NotSatisfiable),
            ("bytes=10-12", Wanted::NotSatisfiable),
            ("bytes=99999999999999999999999-", Wanted::NotSatisfiable),
            ("bytes=-0", Wanted::NotSatisfiable),
        ] {
            assert_eq!(asked(10, range), expected, "{range}");
        }
        assert_eq!([asked(0, "bytes=0-"), asked(0, "bytes=-5")], [Wanted::NotSatisfiable, Wanted::Whole]);
    }

    #[test]
    fn what_is_not_one_range_of_bytes_is_answered_with_the_whole() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=,",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=a-b",
            "bytes=1",
            "bytes=1--2",
            "bytes=0x1-2",
            "bytes=1 - 2",
            "bytes=0-1,3-4",
            "bytes=0-1,99-",
            "pages=1-2",
            "1-2",
        ] {
            assert_eq!(asked(10, range), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(10, ETAG, None, None), Wanted::Whole);
        assert_eq!(wanted(10, ETAG, None, Some(ETAG)), Wanted::Whole);
    }

    #[test]
    fn a_range_of_another_file_is_answered_with_the_whole() {
        let under = |condition| wanted(10, ETAG, Some("bytes=3-4"), Some(condition));
        assert_eq!(under(ETAG), part(3, 4));
        for condition in ["abc", "\"ab\"", "W/\"abc\"", "Sat, 28 Nov 2026 20:00:00 GMT", "", "\"abc\", \"abd\""] {
            assert_eq!(under(condition), Wanted::Whole, "{condition}");
            assert_eq!(wanted(10, ETAG, Some("bytes=10-"), Some(condition)), Wanted::Whole, "{condition}");
        }
    }

    proptest! {
        #[test]
        fn every_part_is_in_the_file_and_every_range_in_it_is_a_part(length in 0..300_u64, first in 0..400_u64, last in 0..400_u64) {
            let expected = match (first <= last, first < length) {
                (false, _) => Wanted::Whole,
                (true, false) => Wanted::NotSatisfiable,
                (true, true) => part(first, last.min(length - 1)),
            };
            prop_assert_eq!(asked(length, &format!("bytes={first}-{last}")), expected);
        }

        #[test]
        fn no_text_is_answered_with_what_is_not_there(length: u64, range in ".*", unit in "(bytes=)?[-0-9, ]*") {
            for range in [range, unit] {
                if let Wanted::Part { first, last } = asked(length, &range) {
                    prop_assert!(first <= last && last < length);
                }
            }
        }
    }
}
