//! Where people ask who are pictured: an e-mail address, or a page.

use domain::setting::{InvalidVariable, Values};
use url::{Url, form_urlencoded};

use super::settings;

/// Longest contact, in characters.
pub const CHARS_MAX: usize = 200;

/// An e-mail address or a page, as the operator wrote it. It may have characters in it that mean something in HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// As it was written.
    pub text: String,
    /// The same as a link: `mailto:` or `https:`, which has only characters of URLs.
    pub link: String,
}

impl Contact {
    /// Reads the variable; nothing where it is not set.
    ///
    /// # Errors
    /// [`InvalidVariable`] where it is neither.
    pub(super) fn read(values: Values<'_>) -> Result<Option<Self>, InvalidVariable> {
        let text = values.text(&settings::PRIVACY_CONTACT);
        if text.is_empty() {
            return Ok(None);
        }
        let what = || format!("an e-mail address or an https URL of at most {CHARS_MAX} characters");
        Self::of(text).map(Some).ok_or_else(|| InvalidVariable::new(&settings::PRIVACY_CONTACT, &what()))
    }

    fn of(text: String) -> Option<Self> {
        if text.chars().count() > CHARS_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return None;
        }
        let link = if text.contains("://") { page(&text) } else { mail(&text) }?;
        Some(Self { text, link })
    }
}

fn page(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && is_plain).then(|| url.into())
}

/// The address as a link. What stands before the `@` is what RFC 5322 takes without quotes.
fn mail(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let is_local = !local.is_empty() && local.split('.').all(|word| !word.is_empty()) && local.chars().all(is_word);
    let is_domain = domain.contains('.') && domain.split('.').all(is_label);
    let escaped: String = form_urlencoded::byte_serialize(local.as_bytes()).collect();
    (is_local && is_domain).then(|| format!("mailto:{escaped}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Contact>, InvalidVariable> {
        Contact::read(Values::new(&|_| Some(text.to_owned())))
    }

    #[test]
    fn a_contact_is_an_address_or_a_page() {
        for (text, link) in [
            ("privacy@example.com", "mailto:privacy@example.com"),
            ("o'hara&sons?cc=x@example.co.uk", "mailto:o%27hara%26sons%3Fcc%3Dx@example.co.uk"),
            ("https://example.com/ask", "https://example.com/ask"),
            ("https://example.com/?a=\"><b>&c", "https://example.com/?a=%22%3E%3Cb%3E&c"),
        ] {
            assert_eq!(read(text), Ok(Some(Contact { text: text.to_owned(), link: link.to_owned() })));
        }
        assert_eq!((read(""), read("  ")), (Ok(None), Ok(None)));
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = format!("https://example.com/{}", "a".repeat(CHARS_MAX));
        for text in [
            "Ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@-example.com",
            "ada@exa mple.com",
            "a@b@example.com",
            "a..b@example.com",
            "http://example.com/",
            "javascript://example.com/%0aalert(1)",
            "https://user:pass@example.com/",
            "https://",
            &long,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let told = read("Ada").unwrap_err().0;
        assert_eq!(told, "privacy_contact has to be an e-mail address or an https URL of at most 200 characters");
    }

    proptest::proptest! {
        #[test]
        fn a_link_has_nothing_in_it_that_ends_an_attribute(text in "\\PC{0,40}", host in "[a-z]{1,9}") {
            for text in [text.clone(), format!("https://{host}.com/{text}"), format!("{text}@{host}.com")] {
                if let Ok(Some(contact)) = read(&text) {
                    proptest::prop_assert!(!contact.link.contains(['"', '<', '>', ' ']), "{}", contact.link);
                    proptest::prop_assert!(contact.link.starts_with("https://") || contact.link.starts_with("mailto:"));
                }
            }
        }
    }
}
