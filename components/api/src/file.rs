//! Files as they are sent: whole, or the part that a request is for.

use http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use crate::range::{Wanted, wanted};
use crate::wire::{Part, Request, Response, Streamed};
use crate::{Code, Error};

/// The answer to a request for a file, from the one that has all of it. `name` is the file's and never another's: a digest of its bytes, or the id
/// that they have for ever.
pub(crate) fn serve<B>(whole: Streamed, name: &str, request: &Request<B>) -> Streamed {
    let length = whole.body.iter().map(Part::length).fold(0, u64::saturating_add);
    let etag = format!("\"{name}\"");
    // Of a HEAD there are no parts (RFC 9110, 14.2).
    let range = one(&request.headers, RANGE).filter(|_| request.method == Method::GET);
    let answer = match wanted(length, &etag, range, one(&request.headers, IF_RANGE)) {
        Wanted::Whole => whole,
        Wanted::Part { first, last } => {
            Response { status: StatusCode::PARTIAL_CONTENT, body: cut(whole.body, first, last), ..whole }
                .with(CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"))
        }
        Wanted::NotSatisfiable => {
            let message = format!("`Range`: the file has {length} bytes");
            Streamed::from(Error::new(Code::RangeNotSatisfiable, message))
                .with(CONTENT_RANGE, &format!("bytes */{length}"))
        }
    };
    answer.with(ACCEPT_RANGES, "bytes").with(ETAG, &etag)
}

/// The value of a header that is there once; one that is there twice is a list, and several ranges are answered with the whole file.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok()
}

/// The bytes from `first` to `last` of these parts, one after the other.
fn cut(parts: Vec<Part>, first: u64, last: u64) -> Vec<Part> {
    let mut at = 0_u64;
    let mut kept = Vec::new();
    for part in parts {
        let length = part.length();
        let from = first.saturating_sub(at).min(length);
        let to = last.saturating_add(1).saturating_sub(at).min(length);
        at = at.saturating_add(length);
        if from < to {
            kept.push(part.cut(from, to));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, BlobLocation, TaskId};
    use http::HeaderValue;
    use http::header::{CACHE_CONTROL, CONTENT_TYPE};
    use lifecycle::blobs::{Blob, Slice};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use store::keys;

    use super::*;

    fn answer(parts: Vec<Part>, headers: &[(HeaderName, &str)]) -> Streamed {
        asked(Method::GET, parts, headers)
    }

    fn asked(method: Method, parts: Vec<Part>, headers: &[(HeaderName, &str)]) -> Streamed {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let request = Request::new(method, "/file".to_owned(), String::new(), map, ());
        let whole = Response::new(StatusCode::OK, "image/png", parts).with(CACHE_CONTROL, "private");
        serve(whole, "abc", &request)
    }

    fn header(answer: &Streamed, name: HeaderName) -> &str {
        answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn bytes(answer: Streamed) -> Vec<u8> {
        let bytes = |part| match part {
            Part::Bytes(bytes) => bytes,
            Part::Blob(_) => Vec::new(),
        };
        answer.body.into_iter().flat_map(bytes).collect()
    }

    fn ten() -> Vec<Part> {
        vec![Part::Bytes(b"01234".to_vec()), Part::Bytes(b"56789".to_vec())]
    }

    #[test]
    fn every_answer_says_that_there_are_parts_and_which_file_it_is() {
        let ranged = |range| answer(ten(), &[(RANGE, range)]);
        for (answer, status, range) in [
            (answer(ten(), &[]), 200, ""),
            (ranged("bytes=4-5"), 206, "bytes 4-5/10"),
            (ranged("bytes=0-"), 206, "bytes 0-9/10"),
            (ranged("bytes=10-"), 416, "bytes */10"),
        ] {
            assert_eq!((answer.status.as_u16(), header(&answer, CONTENT_RANGE)), (status, range));
            assert_eq!((header(&answer, ACCEPT_RANGES), header(&answer, ETAG)), ("bytes", "\"abc\""));
            let same = if status == 416 { ("application/json", "") } else { ("image/png", "private") };
            assert_eq!((header(&answer, CONTENT_TYPE), header(&answer, CACHE_CONTROL)), same);
        }
        assert_eq!(bytes(ranged("bytes=4-5")), b"45");
    }

    #[test]
    fn a_head_is_of_the_whole_and_two_ranges_are_none() {
        let head = asked(Method::HEAD, ten(), &[(RANGE, "bytes=4-5")]);
        assert_eq!((head.status, header(&head, CONTENT_RANGE)), (StatusCode::OK, ""));
        let twice = answer(ten(), &[(RANGE, "bytes=4-5"), (RANGE, "bytes=6-7")]);
        assert_eq!((twice.status, bytes(twice)), (StatusCode::OK, b"0123456789".to_vec()));
    }

    #[test]
    fn of_a_blob_the_stretch_is_cut_out_and_nothing_is_read() {
        let key = keys::result(&AccountId::from_random([1; 16]), &TaskId::from_random([2; 16]), 0);
        let blob = Blob { key, location: BlobLocation::Store, size_bytes: 100 };
        let parts = vec![Part::Bytes(vec![0; 10]), Part::Blob(blob.clone().into()), Part::Bytes(vec![0; 10])];
        let cut = answer(parts, &[(RANGE, "bytes=15-113")]).body;
        assert_eq!(cut, [Part::Blob(Slice { blob, range: 5..100 }), Part::Bytes(vec![0; 4])]);
    }

    proptest! {
        #[test]
        fn every_part_is_the_slice_of_the_whole(pieces in vec(vec(any::<u8>(), 0..9), 0..9), first in 0..80_usize, last in 0..80_usize) {
            let all = pieces.concat();
            let parts = pieces.into_iter().map(Part::Bytes).collect();
            let answer = answer(parts, &[(RANGE, &format!("bytes={first}-{last}"))]);
            match answer.status.as_u16() {
                200 => prop_assert!(first > last && bytes(answer) == all),
                206 => prop_assert_eq!(bytes(answer), &all[first..all.len().min(last + 1)]),
                _ => prop_assert!(answer.status == 416 && first >= all.len()),
            }
        }
    }
}
