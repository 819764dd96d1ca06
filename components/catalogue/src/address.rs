//! Addresses of files in an input: their form only. Whether one may be fetched is found out elsewhere.

use serde_json::Value;

/// The most bytes of a URL.
pub(crate) const URL_BYTES_MAX: usize = 2_048;
/// The most bytes of a `data:` URI.
pub(crate) const DATA_URI_BYTES_MAX: usize = 700_000;

/// How a file can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// By a URL.
    Url,
    /// By a URL, or as a `data:` URI with a picture in it.
    UrlOrPicture,
}

impl Address {
    /// Says what has to change, if anything.
    pub(crate) fn check(self, given: &Value) -> Result<(), String> {
        let wanted = match self {
            Self::Url => "has to be a URL that begins with http:// or https://",
            Self::UrlOrPicture => {
                "has to be a URL that begins with http:// or https://, or a data: URI that begins with data:image/"
            }
        };
        let url = given.as_str().ok_or(wanted)?;
        let bytes_max = if is_url(url) {
            URL_BYTES_MAX
        } else if self == Self::UrlOrPicture && begins(url, "data:image/") {
            DATA_URI_BYTES_MAX
        } else {
            return Err(wanted.to_owned());
        };
        if url.len() > bytes_max {
            return Err(format!("has to have at most {bytes_max} bytes, not {}", url.len()));
        }
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("has to be without spaces and control characters".to_owned());
        }
        Ok(())
    }
}

/// Whether a text is the URL of a file, as far as its first letters say.
pub fn is_url(text: &str) -> bool {
    begins(text, "http://") || begins(text, "https://")
}

/// Whether a text is a file itself, as far as its first letters say.
pub fn is_data_uri(text: &str) -> bool {
    begins(text, "data:")
}

/// Schemes are taken in capitals, too.
fn begins(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_counts() {
        let long = |length: usize, start: &str| format!("{start}{}", "a".repeat(length - start.len()));
        let cases = [
            ("https://example.com/a.png".to_owned(), true, true),
            ("HTTP://example.com".to_owned(), true, true),
            ("ftp://example.com/a".to_owned(), false, false),
            ("https:/example.com".to_owned(), false, false),
            ("https://example.com/a b".to_owned(), false, false),
            ("https://example.com/\u{0}".to_owned(), false, false),
            (String::new(), false, false),
            ("\u{e9}".to_owned(), false, false),
            ("data:image/png;base64,iVBO".to_owned(), false, true),
            ("data:text/html,<script>".to_owned(), false, false),
            (long(URL_BYTES_MAX, "https://e.org/"), true, true),
            (long(URL_BYTES_MAX + 1, "https://e.org/"), false, false),
            (long(DATA_URI_BYTES_MAX, "data:image/png;base64,"), false, true),
            (long(DATA_URI_BYTES_MAX + 1, "data:image/png;base64,"), false, false),
        ];
        for (url, plain, picture) in cases {
            let start: String = url.chars().take(40).collect();
            let given = Value::from(url);
            assert_eq!(Address::Url.check(&given).is_ok(), plain, "{start}");
            assert_eq!(Address::UrlOrPicture.check(&given).is_ok(), picture, "{start}");
        }
        assert!(Address::Url.check(&Value::from(1)).is_err());
    }
}
