//! Boxes of JUMBF (ISO/IEC 19566-5), of which a manifest is made.

/// What follows the four letters of a kind in its identifier.
const KIND_END: [u8; 12] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
/// What a description says of itself: others may refer to it, and it has a label.
const LABELLED: u8 = 0x03;
/// Bytes before what is in a box: its length, and its name.
pub(crate) const HEAD_BYTES: usize = 8;

/// A box.
pub(crate) fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len().saturating_add(HEAD_BYTES)).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], &name, content].concat()
}

/// A box of boxes, with a description of what they are and a label by which others refer to it.
pub(crate) fn described(kind: [u8; 4], label: &str, boxes: &[&[u8]]) -> Vec<u8> {
    let description = [&kind[..], &KIND_END, &[LABELLED], label.as_bytes(), &[0]].concat();
    boxed(*b"jumb", &[boxed(*b"jumd", &description), boxes.concat()].concat())
}

/// The same around a value in CBOR.
pub(crate) fn valued(kind: [u8; 4], label: &str, cbor: &[u8]) -> Vec<u8> {
    described(kind, label, &[&boxed(*b"cbor", cbor)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_counts_itself_and_a_described_one_says_first_what_it_is() {
        assert_eq!(boxed(*b"cbor", &[0xf6]), b"\0\0\0\x09cbor\xf6");
        let expected = concat!(
            "000000326a756d62",
            "000000216a756d64",
            "63626f7200110010800000aa00389b71",
            "03632e616374696f00",
            "0000000963626f72f6"
        );
        assert_eq!(hex::encode(valued(*b"cbor", "c.actio", &[0xf6])), expected);
    }
}
