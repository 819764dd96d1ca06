//! Base64url without padding (RFC 4648, 5), as all of JOSE has it. Each text stands for other bytes than every other text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text of these bytes.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a text; nothing where it has padding, other letters, or bits that stand for nothing.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_one_way_only() {
        assert_eq!(decode("_-8"), Some(vec![0xff, 0xef]));
        assert_eq!(encode([0xff, 0xef]), "_-8");
        for bad in ["_-8=", "/+8", "_-9", "_-8 ", "_", "\u{e9}"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
