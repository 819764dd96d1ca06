//! Asking at an address that may lead on to others.

use domain::limits::PHOTO_URL_BYTES_MAX;
use http::header::{LOCATION, USER_AGENT};
use http::{HeaderName, Request, Response, StatusCode};
use url::Url;

use crate::Ports;
use crate::ports::SendError;

/// Most redirects that are followed, fewer than browsers do; each is checked like the first URL.
const REDIRECTS_MAX: u32 = 10;

/// Why nothing but redirects was answered. Displayed, it follows a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody answered, or may be asked.
    #[error("{}", .0.reason())]
    Send(SendError),
    /// No request can be made for it.
    #[error("cannot be asked for")]
    Unusable,
    /// It leads on, and does not say where.
    #[error("redirects without saying where to")]
    Nowhere,
    /// It leads to what is no HTTP(S) URL, or one that is too long.
    #[error("redirects to something that is not an HTTP(S) URL")]
    NoUrl,
    /// It leads on and on.
    #[error("redirects more than {REDIRECTS_MAX} times")]
    TooMany,
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// Asks for what is at `url`, with these headers and our own name, and follows its redirects: every URL on the way has to be `allowed`.
/// `url` is the last one asked then.
///
/// # Errors
/// Why there is no answer that is not a redirect.
pub async fn follow<P: Ports>(
    ports: &P,
    url: &mut Url,
    headers: &[(HeaderName, &str)],
    allowed: &dyn Fn(&Url) -> bool,
) -> Result<Response<P::Body>, Error> {
    for _ in 0..=REDIRECTS_MAX {
        if !allowed(url) {
            return Err(SendError::Forbidden.into());
        }
        let answer = ports.send(question(url, headers)?).await?;
        if !is_followed(answer.status()) {
            return Ok(answer);
        }
        *url = next(url, &answer)?;
    }
    Err(Error::TooMany)
}

fn question(url: &Url, headers: &[(HeaderName, &str)]) -> Result<Request<Vec<u8>>, Error> {
    let mut url = url.clone();
    url.set_fragment(None);
    let question = Request::get(url.as_str()).header(USER_AGENT, domain::USER_AGENT);
    let question = headers.iter().fold(question, |question, (name, value)| question.header(name, *value));
    question.body(Vec::new()).map_err(|_| Error::Unusable)
}

/// Whether an answer leads on, as browsers have it. The others of its class say something else: that nothing has changed, or that there are
/// several.
fn is_followed(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where an answer leads.
fn next<B>(url: &Url, answer: &Response<B>) -> Result<Url, Error> {
    let location = answer.headers().get(LOCATION).map(|value| readable(value.as_bytes())).unwrap_or_default();
    if location.is_empty() {
        return Err(Error::Nowhere);
    }
    let next = url.join(&location).ok();
    next.filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= PHOTO_URL_BYTES_MAX)
        .ok_or(Error::NoUrl)
}

/// A `Location` as a URL may have it: bytes that are no ASCII are written as percent signs, whatever encoding they are in; the rest is left to
/// the URL's own rules.
fn readable(location: &[u8]) -> String {
    let mut text = String::new();
    for byte in location.trim_ascii() {
        match byte {
            0x00..=0x7f => text.push(char::from(*byte)),
            _ => text.extend(format!("%{byte:02X}").chars()),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, RANGE};

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_question_has_its_headers_and_our_name_and_no_fragment() {
        let headers = [(ACCEPT, "*/*"), (RANGE, "bytes=0-9")];
        let asked = question(&url("https://a.example/a.mp4#t=3"), &headers).unwrap();
        let header = |name| asked.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!([header(RANGE), header(ACCEPT)], [Some("bytes=0-9"), Some("*/*")]);
        assert!(header(USER_AGENT).is_some_and(|name| name.starts_with("Likeness/")));
        assert_eq!(asked.uri(), "https://a.example/a.mp4");
    }

    #[test]
    fn a_redirect_leads_to_an_http_url_of_bounded_length_or_nowhere() {
        let from = |location: Option<&str>| {
            let answer = Response::builder().status(302);
            let answer = location.into_iter().fold(answer, |answer, location| answer.header(LOCATION, location));
            next(&url("https://a.example/b/c"), &answer.body(()).unwrap()).map(String::from)
        };
        assert_eq!(from(Some("d?e=1")), Ok("https://a.example/b/d?e=1".to_owned()));
        assert_eq!(from(Some("//b.example/")), Ok("https://b.example/".to_owned()));
        assert_eq!(from(Some("http://b.example/")), Ok("http://b.example/".to_owned()));
        let long = format!("/{}", "a".repeat(PHOTO_URL_BYTES_MAX));
        for nowhere in ["ftp://b.example/", "file:///etc/passwd", "http://[", "data:image/png;base64,AA", &long] {
            assert_eq!(from(Some(nowhere)), Err(Error::NoUrl), "{nowhere}");
        }
        for nothing in [None, Some(""), Some("  ")] {
            assert_eq!(from(nothing), Err(Error::Nowhere), "{nothing:?}");
        }
    }

    #[test]
    fn a_location_with_spaces_or_other_letters_is_read_as_browsers_do() {
        let from = |location: &[u8]| {
            let answer = Response::builder().status(301).header(LOCATION, location).body(()).unwrap();
            next(&url("https://a.example/b/c?d=e"), &answer).map(String::from)
        };
        assert_eq!(from(b" my photo.jpg "), Ok("https://a.example/b/my%20photo.jpg".to_owned()));
        assert_eq!(from("/caf\u{e9}.jpg".as_bytes()), Ok("https://a.example/caf%C3%A9.jpg".to_owned()));
        assert_eq!(from(b"/caf\xe9.jpg"), Ok("https://a.example/caf%E9.jpg".to_owned()));
        assert_eq!(from(b"/caf%C3%A9.jpg?f"), Ok("https://a.example/caf%C3%A9.jpg?f".to_owned()));
        assert_eq!(from(b"?f=g"), Ok("https://a.example/b/c?f=g".to_owned()));
    }

    #[test]
    fn only_what_browsers_follow_is_followed() {
        for status in [301, 302, 303, 307, 308] {
            assert!(is_followed(StatusCode::from_u16(status).unwrap()), "{status}");
        }
        for status in [200, 300, 304, 305, 306, 400] {
            assert!(!is_followed(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }
}
