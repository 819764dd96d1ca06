use domain::Secret;

use super::*;
use crate::CERTIFICATES_MAX;

fn credential() -> Credential {
    let fixture = |name: &str| {
        std::fs::read_to_string(format!("{}/../../tests/fixtures/c2pa/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    Credential::read(&fixture("certificate"), &Secret::new(fixture("key"))).unwrap().unwrap()
}

fn of(start: u32, length: u32, bytes: &[u8]) -> Content {
    Content { start, length, sha256: Digest::of(bytes) }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_manifest_is_as_long_whatever_it_is_of_and_the_same_every_time() {
    let credential = credential();
    let length = credential.manifest(&Content::nothing()).len();
    assert!(length.is_multiple_of(2) && length < MANIFEST_BYTES_MAX, "{length} bytes");
    for of in [of(33, 1_900, b"a"), of(0, u32::MAX, b"b"), of(u32::MAX, u32::MAX, b"c"), of(70_000, 23, b"d")] {
        let manifest = credential.manifest(&of);
        assert_eq!(manifest.len(), length, "{of:?}");
        assert_eq!(manifest, credential.manifest(&of));
    }
}

#[test]
fn the_longest_chain_has_room() {
    let more = CHAIN_BYTES_MAX - credential().leaf().len();
    assert!(credential().manifest(&Content::nothing()).len() + more + 5 * CERTIFICATES_MAX <= MANIFEST_BYTES_MAX);
}

#[test]
fn a_manifest_says_what_its_picture_hashes_to_and_that_a_model_made_it() {
    let (credential, of) = (credential(), of(33, 1_900, b"a"));
    let manifest = credential.manifest(&of);
    assert_eq!(manifest[..4], u32::try_from(manifest.len()).unwrap().to_be_bytes());
    assert!(has(&manifest, &of.sha256.to_bytes()) && has(&manifest, credential.leaf()));
    assert!(has(&manifest, b"digitalsourcetype/trainedAlgorithmicMedia") && has(&manifest, b"c2pa.created"));
    assert!(has(&manifest, b"estart\x18\x21flength\x19\x07\x6c"), "the place that is left out");
}
