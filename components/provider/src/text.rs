//! A provider's words, made fit for our log.

/// The most letters kept of what a provider says.
pub(crate) const TEXT_CHARS_MAX: usize = 500;

/// Returns `text` in one bounded line. Addresses are left out: ours carry codes that open them.
pub(crate) fn for_log(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(if word.contains("://") { "(url)" } else { word });
        if line.len() > TEXT_CHARS_MAX * MAX_UTF8_BYTES {
            break;
        }
    }
    line.chars().take(TEXT_CHARS_MAX).collect()
}

const MAX_UTF8_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_short_line_without_addresses() {
        assert_eq!(for_log("  input:\r\n\tnot found\u{0}\u{1b}[31m "), "input: not found [31m");
        assert_eq!(for_log("cannot read \"https://us.example/datasets/1?mac=abc\": 403"), "cannot read (url) 403");
        assert_eq!(for_log(&"\u{e9}x ".repeat(10_000)).chars().count(), TEXT_CHARS_MAX);
        assert_eq!(for_log(&"y".repeat(10_000)).len(), TEXT_CHARS_MAX);
        assert_eq!(for_log(""), "");
    }
}
