//! What may stand in a log of a text with addresses of ours in it: nothing that opens anything.
//!
//! Some links carry what they open in their path: the code of a container's uploads, the random id of a file or of a result. Others carry a
//! code in their query. A path is told up to the folder whose files it names, and a query without its code.

use std::borrow::Cow;

/// The folders whose files' names open them, or are somebody's.
const FOLDERS: [&str; 6] = ["consent", "datasets", "provider-files", "results", "uploads", "weights"];
/// The codes of a query.
const CODES: [&str; 2] = ["mac=", "X-Amz-Signature="];
/// What stands where something was left out.
const MASK: &str = "***";

/// The text, a path or a line of a log, without what its links open with.
pub fn loggable(text: &str) -> Cow<'_, str> {
    let (mut told, mut rest) = (String::new(), text);
    while let Some((before, hidden, after)) = first(rest) {
        told.push_str(before);
        told.push_str(if hidden.is_empty() { hidden } else { MASK });
        rest = after;
    }
    if told.is_empty() && rest.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(told + rest) }
}

/// What comes before the first thing to hide, that thing, and what comes after it.
fn first(text: &str) -> Option<(&str, &str, &str)> {
    let folders =
        FOLDERS.iter().filter_map(|folder| after_folder(text, folder)).map(|at| (at, ends_url as fn(char) -> bool));
    let codes = CODES.iter().filter_map(|code| after(text, code)).map(|at| (at, ends_code as fn(char) -> bool));
    let (at, ends) = folders.chain(codes).min_by_key(|(at, _)| *at)?;
    let (before, rest) = text.split_at_checked(at)?;
    let (hidden, after) = rest.split_at_checked(rest.find(ends).unwrap_or(rest.len()))?;
    Some((before, hidden, after))
}

/// Where the files' names begin after `/folder/`.
fn after_folder(text: &str, folder: &str) -> Option<usize> {
    let mut from = 0_usize;
    while let Some(end) = after(text.get(from..)?, folder).map(|end| from.saturating_add(end)) {
        let (before, behind) = text.split_at_checked(end)?;
        let begins =
            before.len().checked_sub(folder.len()).and_then(|at| before.get(..at)?.chars().last()) == Some('/');
        if begins && behind.starts_with('/') {
            return end.checked_add(1);
        }
        from = end;
    }
    None
}

/// Where the first `word` ends, in whatever case.
fn after(text: &str, word: &str) -> Option<usize> {
    let found = text.as_bytes().windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    found.and_then(|at| at.checked_add(word.len()))
}

/// Whether a URL in a text is over here.
const fn ends_url(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// Whether a code is over here.
const fn ends_code(c: char) -> bool {
    !c.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_told_up_to_the_folder_of_its_file() {
        for (path, told) in [
            ("/provider-files/0123abcd/picture-0.webp", "/provider-files/***"),
            ("/provider-files/0123abcd/7/89ef/picture-0.webp", "/provider-files/***"),
            ("//Provider-Files/0123abcd/x", "//Provider-Files/***"),
            ("/uploads/7.89ef.png", "/uploads/***"),
            ("/results/acct_1.task_2.0.png", "/results/***"),
            ("/datasets/acct_1.char_2.zip", "/datasets/***"),
            ("/weights/acct_1.char_2.safetensors", "/weights/***"),
        ] {
            assert_eq!(loggable(path), told);
        }
        for path in ["/", "/uploads", "/uploads/", "/api/v1/tasks/task_1", "/api/v1/myuploads/x", "/uploadsx/y", "*"] {
            assert_eq!(loggable(path), path);
        }
    }

    #[test]
    fn links_in_a_line_keep_nothing_that_opens_them() {
        let line = r#"refused: "https://a.example/datasets/acct_1.char_2.zip?expires=1&mac=0123" and https://a.example/api/v1/webhooks/cog?account=a&mac=4567&x=1 /uploads/1.89.png"#;
        let told = r#"refused: "https://a.example/datasets/***" and https://a.example/api/v1/webhooks/cog?account=a&mac=***&x=1 /uploads/***"#;
        assert_eq!(loggable(line), told);
        assert_eq!(loggable(told), told);
    }

    proptest! {
        #[test]
        fn what_follows_a_folder_is_never_told(
            before in "\\PC{0,12}",
            folder in proptest::sample::select(&FOLDERS[..]),
            secret in "[0-9a-f]{16}",
            after in "\\PC{0,12}",
        ) {
            let text = format!("{before}/{folder}/{secret}{after}");
            prop_assert!(!loggable(&text).contains(&secret));
            let text = format!("{before}?mac={secret}&{after}");
            prop_assert!(!loggable(&text).contains(&secret));
        }
    }
}
