//! Values in CBOR (RFC 8949), each with the shortest head there is for it.

/// The head of a value: its kind, and a number.
fn head(kind: u8, number: u64) -> Vec<u8> {
    let kind = kind << 5;
    let [.., a, b, c, d] = number.to_be_bytes();
    match number {
        0..=23 => vec![kind | d],
        24..=0xff => vec![kind | 0x18, d],
        0x100..=0xffff => vec![kind | 0x19, c, d],
        0x1_0000..=0xffff_ffff => vec![kind | 0x1a, a, b, c, d],
        _ => [&[kind | 0x1b][..], &number.to_be_bytes()].concat(),
    }
}

fn counted(kind: u8, count: usize, content: &[u8]) -> Vec<u8> {
    let mut value = head(kind, u64::try_from(count).unwrap_or(u64::MAX));
    value.extend_from_slice(content);
    value
}

/// No value.
pub(crate) const NULL: &[u8] = &[0xf6];

/// A whole number from 0 on.
pub(crate) fn number(number: u64) -> Vec<u8> {
    head(0, number)
}

/// The whole number that is so far below -1.
pub(crate) fn below_minus_one(by: u64) -> Vec<u8> {
    head(1, by)
}

/// Bytes.
pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    counted(2, bytes.len(), bytes)
}

/// A text.
pub(crate) fn text(text: &str) -> Vec<u8> {
    counted(3, text.len(), text.as_bytes())
}

/// A list of values.
pub(crate) fn array(values: &[Vec<u8>]) -> Vec<u8> {
    counted(4, values.len(), &values.concat())
}

/// Values by keys, in this order.
pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let content: Vec<u8> = entries.iter().flat_map(|(key, value)| [key.as_slice(), value]).flatten().copied().collect();
    counted(5, entries.len(), &content)
}

/// Values by names, in this order.
pub(crate) fn object(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(name, value)| (text(name), value.clone())).collect();
    map(&entries)
}

/// A value that is something by this number.
pub(crate) fn tagged(tag: u64, value: &[u8]) -> Vec<u8> {
    [&head(6, tag), value].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949, appendix A.
    #[test]
    fn the_standards_examples_come_out_to_the_letter() {
        for (value, expected) in [
            (number(0), "00"),
            (number(23), "17"),
            (number(24), "1818"),
            (number(100), "1864"),
            (number(1_000), "1903e8"),
            (number(1_000_000), "1a000f4240"),
            (number(1_000_000_000_000), "1b000000e8d4a51000"),
            (below_minus_one(0), "20"),
            (below_minus_one(99), "3863"),
            (NULL.to_vec(), "f6"),
            (bytes(&[1, 2, 3, 4]), "4401020304"),
            (text("\u{fc}"), "62c3bc"),
            (array(&[number(1), array(&[number(2), number(3)])]), "8201820203"),
            (map(&[(number(1), number(2)), (number(3), number(4))]), "a201020304"),
            (object(&[("a", number(1)), ("b", array(&[number(2), number(3)]))]), "a26161016162820203"),
            (tagged(1, &number(1_363_896_240)), "c11a514b67b0"),
        ] {
            assert_eq!(hex::encode(value), expected);
        }
    }
}
