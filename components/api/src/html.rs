//! Texts in pages.

/// A text for HTML, between tags or in an attribute with double quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_html() {
        assert_eq!(escaped(r#"<b a="1">&amp;'"#), "&lt;b a=&quot;1&quot;&gt;&amp;amp;'");
    }
}
