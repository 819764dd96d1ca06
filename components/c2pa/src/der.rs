//! A certificate, as far as it is looked at here: until when it is valid, and its public key (RFC 5280, 4.1). Whether the rest of it is as C2PA
//! wants it, readers say.

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which the oldest certificates do not have.
const VERSION: u8 = 0xa0;

/// What comes before the 32 bytes of a public key of Ed25519 (RFC 8410, 4).
const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What a certificate says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Certificate<'a> {
    /// Its public key, where that is one of Ed25519.
    pub(crate) ed25519: Option<[u8; 32]>,
    /// When it ends: the letters of a time, and whether its year has four digits.
    not_after: (&'a [u8], bool),
}

impl<'a> Certificate<'a> {
    /// Reads one; nothing where this is none.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (certificate, []) = expect(SEQUENCE, bytes)? else { return None };
        let (signed, _) = expect(SEQUENCE, certificate)?;
        let rest = expect(VERSION, signed).map_or(signed, |(_, rest)| rest);
        let (_, rest) = expect(INTEGER, rest)?;
        let (_, rest) = expect(SEQUENCE, rest)?;
        let (_issuer, rest) = expect(SEQUENCE, rest)?;
        let (validity, rest) = expect(SEQUENCE, rest)?;
        let (_subject, rest) = expect(SEQUENCE, rest)?;
        let (key, _) = expect(SEQUENCE, rest)?;
        let (_, _, rest) = element(validity)?;
        let not_after = match element(rest)? {
            (UTC_TIME, text, []) => (text, false),
            (GENERALIZED_TIME, text, []) => (text, true),
            _ => return None,
        };
        Some(Self { ed25519: key.strip_prefix(ED25519).and_then(|key| key.try_into().ok()), not_after })
    }

    /// When it ends, as RFC 3339 writes it, to the second and in UTC; nothing where that is not written as it has to be.
    pub(crate) fn not_after(&self) -> Option<String> {
        let (text, has_century) = self.not_after;
        let digits = std::str::from_utf8(text.strip_suffix(b"Z")?).ok()?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // A year of two digits is one from 1950 on (RFC 5280, 4.1.2.5.1).
        let century = match digits.as_bytes().first() {
            _ if has_century => "",
            Some(b'5'..=b'9') => "19",
            _ => "20",
        };
        let digits = format!("{century}{digits}");
        let part = |from: usize, to: usize| digits.get(from..to);
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
        (digits.len() == 14).then(|| format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
    }
}

/// The content of an element of this kind, and what is behind it.
fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// An element's kind and content, and what is behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = match *bytes {
        [tag, length @ 0..=0x7f, ref rest @ ..] | [tag, 0x81, length, ref rest @ ..] => (tag, length.into(), rest),
        [tag, 0x82, a, b, ref rest @ ..] => (tag, usize::from(u16::from_be_bytes([a, b])), rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate with as little in it as there can be.
    fn certificate(version: &[u8], not_after: &[u8], key: &[u8]) -> Vec<u8> {
        let sequence = |content: &[u8]| [&[SEQUENCE, u8::try_from(content.len()).unwrap()], content].concat();
        let validity = sequence(&[b"\x17\x0d260101000000Z", not_after].concat());
        let empty = sequence(&[]);
        let signed = [version, &[INTEGER, 1, 7], &empty, &empty, &validity, &empty, &sequence(key), b"\xa3\0"].concat();
        sequence(&[sequence(&signed), empty, vec![0x03, 1, 0]].concat())
    }

    #[test]
    fn key_and_end_are_found_in_new_and_old_certificates() {
        let key = [ED25519, &[9; 32]].concat();
        for version in [&b"\xa0\x03\x02\x01\x02"[..], b""] {
            for (not_after, expected) in [
                (&b"\x17\x0d271130055418Z"[..], "2027-11-30T05:54:18Z"),
                (b"\x17\x0d500101000000Z", "1950-01-01T00:00:00Z"),
                (b"\x18\x0f20501231235959Z", "2050-12-31T23:59:59Z"),
            ] {
                let bytes = certificate(version, not_after, &key);
                let read = Certificate::read(&bytes).unwrap();
                assert_eq!((read.ed25519, read.not_after().as_deref()), (Some([9; 32]), Some(expected)));
            }
        }
    }

    #[test]
    fn another_key_is_none_of_ed25519_and_another_time_is_none() {
        let rsa = certificate(b"", b"\x17\x0d271130055418Z", b"\x30\x03\x06\x01\x2a\x03\x01\x00");
        assert_eq!(Certificate::read(&rsa).unwrap().ed25519, None);
        for time in [&b"\x17\x0b2711300554Z"[..], b"\x17\x11271130055418+0100", b"\x17\x0d2711300554xxZ", b"\x17\x00"] {
            assert_eq!(Certificate::read(&certificate(b"", time, &[])).unwrap().not_after(), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_it_is_it_is_read_or_not(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            _ = Certificate::read(&bytes).map(|read| read.not_after());
        }

        #[test]
        fn a_certificate_that_is_cut_off_or_goes_on_is_none(end in 0_usize..100) {
            let whole = certificate(b"", b"\x17\x0d271130055418Z", &[ED25519, &[9; 32]].concat());
            let end = end % whole.len();
            proptest::prop_assert!(Certificate::read(&whole[..end]).is_none());
            proptest::prop_assert!(Certificate::read(&[&whole[..], b"\0"].concat()).is_none());
        }
    }
}
