//! A JSON text, looked at before anything is made of it: how much is in it, and how it is written.
//!
//! How long a text is says little of the memory that its values take: `{"":0}` has seven bytes and becomes a map of hundreds. So they are
//! counted first, in a pass that makes nothing. All of this takes a text that is JSON; what it finds in another one means nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most values and names of a request's body. The largest that counts is a catalogue of 100,000 bytes: written without a
/// space, the built-in one has eight bytes for each value or name, so that is 12,500. Everything else that is asked for has a few dozen.
pub const NODES_MAX: usize = 20_000;
/// Most values and names of a provider's report. It repeats what it was asked for, and says of each file what the provider knows.
pub const REPORT_NODES_MAX: usize = 100_000;
/// Most objects and lists within each other. A catalogue's, the deepest that are read, go ten deep.
pub const DEPTH_MAX: usize = 32;

/// The largest whole number, either way, that every JSON reader holds exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// What a text has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Values and names.
    #[error("The body has more than {0} values and names")]
    Nodes(usize),
    /// Objects and lists within each other.
    #[error("The body has objects and lists more than {0} deep")]
    Depth(usize),
}

/// The number of values and names in a text.
///
/// # Errors
/// Where it has more of them than it may have, or they are too deep.
pub fn nodes(text: &str, nodes_max: usize) -> Result<usize, Excess> {
    let (mut nodes, mut depth) = (0_usize, 0_usize);
    for token in Tokens(text) {
        match token.as_bytes().first() {
            Some(b':' | b',') => continue,
            Some(b'}' | b']') => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Some(b'{' | b'[') => depth = depth.saturating_add(1),
            _ => {}
        }
        nodes = nodes.saturating_add(1);
        if nodes > nodes_max {
            return Err(Excess::Nodes(nodes_max));
        }
        if depth > DEPTH_MAX {
            return Err(Excess::Depth(DEPTH_MAX));
        }
    }
    Ok(nodes)
}

/// A name that an object has twice: readers do not agree on which of the two counts.
pub fn repeated(text: &str) -> Option<String> {
    let mut open: Vec<BTreeSet<Cow<'_, str>>> = Vec::new();
    let mut last = "";
    for token in Tokens(text) {
        match token {
            "{" | "[" => open.push(BTreeSet::new()),
            "}" | "]" => drop(open.pop()),
            ":" => {
                let name = unquoted(last);
                if open.last().is_some_and(|names| names.contains(&name)) {
                    return Some(name.into_owned());
                }
                if let Some(names) = open.last_mut() {
                    names.insert(name);
                }
            }
            _ => {}
        }
        last = token;
    }
    None
}

/// The same text with `2` for `2.0` and `2e0`: languages with one kind of number write whole ones so, and they are none less whole.
pub fn whole_numbers(text: &str) -> Cow<'_, str> {
    let (mut written, mut copied, mut tokens) = (String::new(), 0, Tokens(text));
    while let Some(token) = tokens.next() {
        let Some(number) = whole(token) else { continue };
        let end = text.len().saturating_sub(tokens.0.len());
        written.push_str(text.get(copied..end.saturating_sub(token.len())).unwrap_or_default());
        written.push_str(&number.to_string());
        copied = end;
    }
    if copied == 0 {
        return text.into();
    }
    written.push_str(text.get(copied..).unwrap_or_default());
    written.into()
}

/// The whole number that is written as one with a fraction or an exponent.
#[expect(clippy::cast_possible_truncation, reason = "a whole number that an f64 holds exactly fits")]
fn whole(token: &str) -> Option<i64> {
    let is_number = token.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if !is_number || !token.contains(['.', 'e', 'E']) {
        return None;
    }
    let number: f64 = token.parse().ok()?;
    (number.fract() == 0.0 && number.abs() <= WHOLE_MAX).then_some(number as i64)
}

/// What stands between quotes.
fn unquoted(token: &str) -> Cow<'_, str> {
    let written = token.strip_prefix('"').and_then(|token| token.strip_suffix('"')).unwrap_or(token);
    if !written.contains('\\') {
        return written.into();
    }
    serde_json::from_str(token).map_or(written.into(), Cow::Owned)
}

/// The tokens of what is left of a text: brackets, colons and commas, texts with their quotes, numbers and words.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_ascii_start();
        let ends = |c: char| matches!(c, '{' | '}' | '[' | ']' | ':' | ',' | '"') || c.is_ascii_whitespace();
        let length = match text.as_bytes().first()? {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            b'"' => quoted(text),
            _ => text.find(ends).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at_checked(length)?;
        self.0 = rest;
        Some(token)
    }
}

/// How many bytes the text takes that begins with a quote.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end.saturating_add(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_counted_and_what_is_in_texts_is_not() {
        for (text, expected) in [
            ("{}", 1),
            (" { \"a\" : 1 } ", 3),
            ("[[],[],{}]", 4),
            (r#"{"a":[true,null,"x"],"b":-1.5e3}"#, 8),
            (r#"{"{[,:\"}":"\\"}"#, 3),
        ] {
            assert_eq!(nodes(text, NODES_MAX), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_may_have_as_many_nodes_as_the_limit_says_and_no_more() {
        let list = |items: usize| format!("[{}]", vec!["0"; items].join(","));
        assert_eq!(nodes(&list(NODES_MAX - 1), NODES_MAX), Ok(NODES_MAX));
        assert_eq!(nodes(&list(NODES_MAX), NODES_MAX), Err(Excess::Nodes(NODES_MAX)));
    }

    #[test]
    fn a_text_may_be_as_deep_as_the_limit_says_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(nodes(&nested(DEPTH_MAX), NODES_MAX), Ok(DEPTH_MAX));
        assert_eq!(nodes(&nested(DEPTH_MAX + 1), NODES_MAX), Err(Excess::Depth(DEPTH_MAX)));
        assert_eq!(nodes(&vec!["[]"; 100].join(","), NODES_MAX), Ok(100), "one after the other they are not deep");
    }

    #[test]
    fn what_is_no_json_is_gone_over_all_the_same() {
        for text in ["", "\"", "\"\\", "]]", "\u{e9}\u{a0}:", "{\"a", "{\"a\":", "1.e", "\u{0}"] {
            assert!(nodes(text, NODES_MAX).is_ok(), "{text:?}");
            assert_eq!(repeated(text), None, "{text:?}");
            assert_eq!(whole_numbers(text), text);
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_found_however_it_is_written() {
        for (text, expected) in [
            (r#"{"a":1,"b":2,"a":3}"#, Some("a")),
            (r#"{"x":{"a":1,"\u0061":2}}"#, Some("a")),
            (r#"{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"a"}"#, None),
            (r#"[{"a":":","b":"a"},{"\ud800":1}]"#, None),
        ] {
            assert_eq!(repeated(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_written_as_such_and_nothing_else_is_touched() {
        for (text, expected) in [
            (r#"{"a": 2.0, "b":[-3.00,1e3,-0.0]}"#, r#"{"a": 2, "b":[-3,1000,0]}"#),
            ("9007199254740991.0", "9007199254740991"),
            (r#"{"2.0":"1e3"}"#, r#"{"2.0":"1e3"}"#),
            (
                "[2.5,1e999,1e300,9007199254740994.0,99999999999999999999,7]",
                "[2.5,1e999,1e300,9007199254740994.0,99999999999999999999,7]",
            ),
            ("[true,false,null]", "[true,false,null]"),
        ] {
            assert_eq!(whole_numbers(text), expected);
        }
    }
}
