//! Binary in text (RFC 7468), as certificates and keys are written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The contents of all blocks with this label, in their order; nothing where one of them is not whole. What is around them counts for nothing,
/// and so do line breaks: a variable may have lost them.
pub(crate) fn blocks(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let block = |after: &str| {
        let letters: String = after.split_once(&end)?.0.split_whitespace().collect();
        STANDARD.decode(letters).ok()
    };
    text.split(&begin).skip(1).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "Leaf\n-----BEGIN X-----\nAQID\nBA==\n-----END X-----\n-----BEGIN Y-----\nAA==\n-----END Y-----\n-----BEGIN X-----\nBQ==\n-----END X-----\n";

    #[test]
    fn blocks_are_found_among_others_with_and_without_lines() {
        for text in [TWO.to_owned(), TWO.replace('\n', " "), TWO.replace('\n', "\r\n")] {
            assert_eq!(blocks(&text, "X"), Some(vec![vec![1, 2, 3, 4], vec![5]]));
            assert_eq!(blocks(&text, "Z"), Some(vec![]));
        }
    }

    #[test]
    fn a_block_that_is_not_whole_is_none() {
        for bad in [
            "-----BEGIN X-----\nAQID",
            "-----BEGIN X-----\nA\n-----END X-----",
            "-----BEGIN X-----\n*\n-----END X-----",
        ] {
            assert_eq!(blocks(bad, "X"), None, "{bad}");
        }
    }
}
