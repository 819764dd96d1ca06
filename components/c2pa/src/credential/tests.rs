use ed25519_dalek::{Signature, Verifier};

use super::*;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../tests/fixtures/c2pa/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(certificate: &str, key: &str) -> Result<Option<Credential>, InvalidVariable> {
    Credential::read(certificate, &Secret::new(key))
}

fn credential() -> Credential {
    read(&fixture("certificate"), &fixture("key")).unwrap().unwrap()
}

#[test]
fn certificate_and_key_are_read_where_they_belong_together() {
    let chain = fixture("certificate") + &fixture("authority");
    for (certificate, certificates) in [(fixture("certificate"), 1), (chain.clone(), 2), (chain.replace('\n', " "), 2)]
    {
        let credential = read(&certificate, &fixture("key").replace('\n', " ")).unwrap().unwrap();
        assert_eq!((credential.chain.len(), credential.not_after()), (certificates, "2126-11-05T06:01:41Z"));
        assert_eq!(format!("{credential:?}"), "Credential(..)");
    }
    assert!(read("", "").unwrap().is_none());
}

#[test]
fn what_cannot_be_used_is_told_with_what_to_change() {
    let (certificate, authority, key) = (fixture("certificate"), fixture("authority"), fixture("key"));
    let block = |label: &str, bytes: &[u8]| {
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    let long = block("CERTIFICATE", &vec![0x30; CHAIN_BYTES_MAX]);
    for (certificate, chained_key, told) in [
        ("", key.as_str(), "c2pa_certificate has to be certificates in PEM"),
        (&certificate, "", "c2pa_key has to be one key of Ed25519 in PEM"),
        (&key, &key, "c2pa_certificate has to be certificates in PEM"),
        (&certificate, &block("PRIVATE KEY", &[0x30; 48]), "c2pa_key has to be one key of Ed25519"),
        (&certificate, &(key.clone() + &key), "c2pa_key has to be one key"),
        (&authority, &key, "c2pa_certificate has to be that of c2pa_key first"),
        (&(authority.clone() + &certificate), &key, "c2pa_certificate has to be that of c2pa_key first"),
        (&block("CERTIFICATE", &[0x30, 0]), &key, "c2pa_certificate has to be a certificate"),
        (&certificate.repeat(CERTIFICATES_MAX + 1), &key, "c2pa_certificate has to be at most 5 certificates"),
        (&(certificate.clone() + &long), &key, "c2pa_certificate has to be at most 16000 bytes"),
    ] {
        let refused = read(certificate, chained_key).unwrap_err().0;
        assert!(refused.starts_with(told), "{refused}, and not {told}");
        assert!(!refused.contains(key.lines().nth(1).unwrap()), "the key is told");
    }
}

#[test]
fn what_is_signed_is_what_cose_says() {
    let credential = credential();
    let signature = credential.sign(b"a claim");
    let (rest, made) = signature.split_at(signature.len() - 64);
    // A tag, four things, of which the first is the header.
    let [0xd2, 0x84, 0x59, a, b, rest @ ..] = rest else { panic!("{rest:?}") };
    let (header, rest) = rest.split_at(u16::from_be_bytes([*a, *b]).into());
    assert!(header.starts_with(&[0xa2, 0x01, 0x27, 0x18, 0x21, 0x59]), "EdDSA, and one certificate: {header:?}");
    assert_eq!(rest, [0xa0, 0xf6, 0x58, 0x40]);
    let signed = [b"\x84\x6aSignature1\x59", &[*a, *b][..], header, b"\x40\x47a claim"].concat();
    let key = credential.key.verifying_key();
    assert!(key.verify(&signed, &Signature::from_slice(made).unwrap()).is_ok());
}
