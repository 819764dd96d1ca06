//! What a manifest says, and how that is put together: a claim, what it asserts, and a signature of it.

use std::fmt::Write;

use domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::cbor::{self, array, bytes, object, text};
use crate::jumbf::{HEAD_BYTES, described, valued};
use crate::{CHAIN_BYTES_MAX, Credential};

/// Most bytes of a manifest: its certificates, and what is the same in every one.
pub const MANIFEST_BYTES_MAX: usize = CHAIN_BYTES_MAX + 2_000;

/// What a picture is that a model made (IPTC, "Digital Source Type").
const MADE_BY_A_MODEL: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
/// Who says so.
const GENERATOR: &str = "Likeness";
const HASH: &str = "sha256";

/// Labels of what a manifest has in it. Readers go by them.
const STORE: &str = "c2pa";
const ASSERTIONS: &str = "c2pa.assertions";
const ACTIONS: &str = "c2pa.actions.v2";
const DATA_HASH: &str = "c2pa.hash.data";
const CLAIM: &str = "c2pa.claim.v2";
const SIGNATURE: &str = "c2pa.signature";

/// Most bytes of the two numbers of a [`Content`] in CBOR. What they take less is filled up: a manifest is as long whatever they are.
const NUMBERS_BYTES_MAX: usize = 10;
/// Bytes of an identifier.
const ID_BYTES: usize = 16;

/// What a manifest is made for: a picture, but for the place that the manifest itself has in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Where the manifest is to be, with all that it is wrapped into: so many bytes come before it.
    pub start: u32,
    /// How many bytes that place has.
    pub length: u32,
    /// The SHA-256 of all other bytes.
    pub sha256: Digest,
}

impl Content {
    /// Nothing: for finding out how long a manifest is.
    pub fn nothing() -> Self {
        Self { start: 0, length: 0, sha256: Digest::of([]) }
    }
}

impl Credential {
    /// The manifest of a picture, in at most [`MANIFEST_BYTES_MAX`] bytes. It is as long for every picture.
    ///
    /// Its length is even: a WebP wants that, and readers do not agree on where one ends that has a byte added.
    pub fn manifest(&self, of: &Content) -> Vec<u8> {
        let numbers = [of.start, of.length].map(|number| cbor::number(number.into()).len());
        let padding = NUMBERS_BYTES_MAX.saturating_sub(numbers.iter().sum());
        let manifest = padded(self, of, padding);
        if manifest.len().is_multiple_of(2) { manifest } else { padded(self, of, padding.saturating_add(1)) }
    }
}

fn padded(credential: &Credential, of: &Content, padding: usize) -> Vec<u8> {
    let (label, instance) = names(credential, of);
    let actions = valued(*b"cbor", ACTIONS, &actions());
    let data_hash = valued(*b"cbor", DATA_HASH, &data_hash(of, padding));
    let claim = object(&[
        ("instanceID", text(&instance)),
        ("claim_generator_info", object(&[("name", text(GENERATOR)), ("version", text(env!("CARGO_PKG_VERSION")))])),
        ("signature", text(&format!("self#jumbf=/{STORE}/{label}/{SIGNATURE}"))),
        ("created_assertions", array(&[reference(ACTIONS, &actions), reference(DATA_HASH, &data_hash)])),
        ("alg", text(HASH)),
    ]);
    let signature = credential.sign(&claim);
    let manifest = described(
        *b"c2ma",
        &label,
        &[
            &described(*b"c2as", ASSERTIONS, &[&actions, &data_hash]),
            &valued(*b"c2cl", CLAIM, &claim),
            &valued(*b"c2cs", SIGNATURE, &signature),
        ],
    );
    described(*b"c2pa", STORE, &[&manifest])
}

/// That a model made it.
fn actions() -> Vec<u8> {
    let created = object(&[
        ("action", text("c2pa.created")),
        ("softwareAgent", object(&[("name", text(GENERATOR))])),
        ("digitalSourceType", text(MADE_BY_A_MODEL)),
    ]);
    object(&[("actions", array(&[created]))])
}

/// What the picture hashes to, but for the place of the manifest.
fn data_hash(of: &Content, padding: usize) -> Vec<u8> {
    let place = object(&[("start", cbor::number(of.start.into())), ("length", cbor::number(of.length.into()))]);
    object(&[
        ("exclusions", array(&[place])),
        ("name", text("jumbf manifest")),
        ("alg", text(HASH)),
        ("hash", bytes(&of.sha256.to_bytes())),
        ("pad", bytes(&vec![0; padding])),
    ])
}

/// How a claim says what it asserts: where that is, and what it hashes to.
fn reference(label: &str, assertion: &[u8]) -> Vec<u8> {
    let content = assertion.get(HEAD_BYTES..).unwrap_or_default();
    object(&[("url", text(&format!("self#jumbf={ASSERTIONS}/{label}"))), ("hash", bytes(&Sha256::digest(content)))])
}

/// What the manifest and the picture are called: by what the picture is and who signs it, so that it is the same when it is copied again.
fn names(credential: &Credential, of: &Content) -> (String, String) {
    let seed: [u8; 2 * ID_BYTES] =
        Sha256::new().chain_update(credential.leaf()).chain_update(of.sha256.as_str()).finalize().into();
    let (manifest, picture) = seed.split_at(ID_BYTES);
    (format!("urn:c2pa:{}", uuid(manifest)), format!("xmp:iid:{}", uuid(picture)))
}

/// An identifier made of such bytes, of the version that C2PA wants (RFC 9562, 5.4).
fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (n, byte) in bytes.iter().take(ID_BYTES).enumerate() {
        let byte = match n {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(n, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
