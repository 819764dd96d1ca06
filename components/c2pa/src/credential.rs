//! Who signs: a certificate and its key, as the operator configured them.

use std::fmt;

use domain::setting::{InvalidVariable, Values};
use domain::{Secret, Setting};
use ed25519_dalek::{Signer, SigningKey};

use crate::cbor::{NULL, array, below_minus_one, bytes, map, number, tagged, text};
use crate::der::Certificate;
use crate::pem;

/// The certificate that pictures are signed with.
pub const CERTIFICATE: Setting = Setting::new(
    "c2pa_certificate",
    "",
    "certificates in PEM, that of the `c2pa_key` first, at most 5: with it every generated picture gets a signed C2PA manifest; docs/operations/c2pa.md says what they have to be",
);
/// Its key.
pub const KEY: Setting =
    Setting::new("c2pa_key", "", "the key of the first `c2pa_certificate` in PEM: PKCS #8 (`PRIVATE KEY`), Ed25519")
        .secret();
/// All of them.
pub const SETTINGS: &[Setting] = &[CERTIFICATE, KEY];

/// Most certificates of a chain.
pub const CERTIFICATES_MAX: usize = 5;
/// Most bytes of all together, as they are in every picture.
pub const CHAIN_BYTES_MAX: usize = 16_000;

/// What comes before the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410, 7).
const ED25519: &[u8] =
    &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Numbers of COSE: the name of an algorithm in a header, and of a chain of certificates (RFC 9052, 3.1; RFC 9360, 2).
const ALGORITHM: u64 = 1;
const CHAIN: u64 = 33;
/// `EdDSA`, -8 (RFC 9053, 2.2).
const EDDSA_BELOW_MINUS_ONE: u64 = 7;
/// What a signature by one is (RFC 9052, 2).
const SIGNED_BY_ONE: u64 = 18;

/// A certificate with its key. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Credential {
    key: SigningKey,
    /// Its certificates, that of the key first.
    chain: Vec<Vec<u8>>,
    /// When that one ends.
    not_after: String,
}

impl Credential {
    /// Reads what is configured; nothing where that is neither.
    ///
    /// # Errors
    /// [`InvalidVariable`] where one is set without the other, where one cannot be used, and where they do not belong together.
    pub fn read(certificate: &str, key: &Secret) -> Result<Option<Self>, InvalidVariable> {
        if certificate.is_empty() && key.is_empty() {
            return Ok(None);
        }
        let (chain, key) = (chain(certificate)?, signing_key(key)?);
        let invalid = |what: &str| InvalidVariable::new(&CERTIFICATE, what);
        let leaf = chain.first().and_then(|leaf| Certificate::read(leaf));
        let leaf = leaf.ok_or_else(|| invalid("a certificate (X.509)"))?;
        let of_leaf =
            leaf.ed25519.ok_or_else(|| invalid("one whose key is of Ed25519: no other algorithm is known here"))?;
        if of_leaf != key.verifying_key().to_bytes() {
            return Err(invalid("that of c2pa_key first: the first one has another key"));
        }
        let not_after = leaf.not_after().ok_or_else(|| invalid("one that says when it ends"))?;
        Ok(Some(Self { key, chain, not_after }))
    }

    /// Reads the variables, as [`Self::read`] does.
    ///
    /// # Errors
    /// As there.
    pub fn configured(values: Values<'_>) -> Result<Option<Self>, InvalidVariable> {
        Self::read(&values.text(&CERTIFICATE), &values.secret(&KEY))
    }

    /// When its certificate ends, as RFC 3339 writes it: `2027-11-30T05:54:18Z`.
    pub fn not_after(&self) -> &str {
        &self.not_after
    }

    /// The certificate of the key.
    pub(crate) fn leaf(&self) -> &[u8] {
        self.chain.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// A signature of something that is kept elsewhere (`COSE_Sign1`, RFC 9052, 4.2), with the certificates.
    pub(crate) fn sign(&self, elsewhere: &[u8]) -> Vec<u8> {
        let certificates: Vec<Vec<u8>> = self.chain.iter().map(|certificate| bytes(certificate)).collect();
        // One is not put into a list (RFC 9360, 2).
        let chain = if let [one] = &certificates[..] { one.clone() } else { array(&certificates) };
        let header = map(&[(number(ALGORITHM), below_minus_one(EDDSA_BELOW_MINUS_ONE)), (number(CHAIN), chain)]);
        let signed = array(&[text("Signature1"), bytes(&header), bytes(&[]), bytes(elsewhere)]);
        let signature = self.key.sign(&signed).to_bytes();
        tagged(SIGNED_BY_ONE, &array(&[bytes(&header), map(&[]), NULL.to_vec(), bytes(&signature)]))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

fn chain(text: &str) -> Result<Vec<Vec<u8>>, InvalidVariable> {
    let invalid = |what: &str| InvalidVariable::new(&CERTIFICATE, what);
    let chain = pem::blocks(text, "CERTIFICATE").filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| invalid("certificates in PEM: -----BEGIN CERTIFICATE-----"))?;
    if chain.len() > CERTIFICATES_MAX {
        return Err(invalid(&format!(
            "at most {CERTIFICATES_MAX} certificates: leave out the last, which readers know"
        )));
    }
    if chain.iter().map(Vec::len).sum::<usize>() > CHAIN_BYTES_MAX {
        return Err(invalid(&format!("at most {CHAIN_BYTES_MAX} bytes as DER: every picture has them in it")));
    }
    Ok(chain)
}

fn signing_key(key: &Secret) -> Result<SigningKey, InvalidVariable> {
    let blocks = pem::blocks(key.expose(), "PRIVATE KEY").unwrap_or_default();
    let seed = match &blocks[..] {
        [one] => one.strip_prefix(ED25519).and_then(|seed| <[u8; 32]>::try_from(seed).ok()),
        _ => None,
    };
    let what =
        "one key of Ed25519 in PEM, as `openssl genpkey -algorithm ed25519` makes it: -----BEGIN PRIVATE KEY-----";
    seed.map(|seed| SigningKey::from_bytes(&seed)).ok_or_else(|| InvalidVariable::new(&KEY, what))
}

#[cfg(test)]
mod tests;
