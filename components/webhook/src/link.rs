//! Message authentication codes in the links that we hand out, so that only we can have made them.
//!
//! A link carries what it is about in plain text (an account, a task, an expiry) and the code of just that. The expiry is
//! a field like any other: whoever reads it decides by it, after the code was verified.

use domain::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest bytes a link secret may have: fewer could be guessed from one link.
pub const SECRET_BYTES_MIN: usize = 16;

const MAC_BYTES: usize = 32;

/// The key under which links are signed.
#[derive(Clone)]
pub struct LinkKey(Hmac<Sha256>);

/// What a link lets its bearer do. A code made for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Report on a task: the URL that a provider calls back.
    Callback,
    /// Read the photos of a training: the URL that a provider pulls the zip from.
    Dataset,
    /// Read one photo of a character: the URL that a provider pulls it from.
    Photo,
    /// Upload files: the URL that containers of our own are given.
    Upload,
    /// Read the weights of a model: the URL that a provider pulls them from.
    Weights,
    /// Put a caller's file: the URL that an announced upload is given.
    Input,
    /// See the photos of a character as the person on them, and say whether one agrees.
    Consent,
    /// Have a picture written anew: the URL that one part of a deployment sends it to.
    Picture,
    /// No link: the secret that an account's messages are signed with.
    Message,
    /// No link: from where a key is used, told by one part of a deployment to another.
    Caller,
}

/// The secret has fewer than [`SECRET_BYTES_MIN`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link secret is shorter than {SECRET_BYTES_MIN} bytes")]
pub struct SecretTooShort;

impl LinkKey {
    /// Makes the key of a configured secret, whose bytes are used as they are.
    ///
    /// # Errors
    /// When the secret is too short to keep anything safe, as one that was not configured is.
    pub fn new(secret: &Secret) -> Result<Self, SecretTooShort> {
        let bytes = secret.expose().as_bytes();
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretTooShort);
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| SecretTooShort)
    }

    /// Returns the code of `fields`, in their order, as 64 lowercase hex digits.
    pub fn sign(&self, purpose: Purpose, fields: &[&str]) -> String {
        hex::encode(self.mac(purpose, fields).finalize().into_bytes())
    }

    /// Returns whether `mac` is the code of `fields`, in a time that does not tell how nearly it is.
    pub fn verify(&self, purpose: Purpose, fields: &[&str], mac: &str) -> bool {
        let mut bytes = [0; MAC_BYTES];
        hex::decode_to_slice(mac, &mut bytes).is_ok() && self.mac(purpose, fields).verify_slice(&bytes).is_ok()
    }

    fn mac(&self, purpose: Purpose, fields: &[&str]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        // Each part with its length before it: no letter can move from one field to the next.
        for part in std::iter::once(purpose.label()).chain(fields.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Callback => "likeness callback v1",
            Self::Dataset => "likeness dataset v1",
            Self::Photo => "likeness photo v1",
            Self::Upload => "likeness upload v1",
            Self::Input => "likeness input v1",
            Self::Consent => "likeness consent v1",
            Self::Picture => "likeness picture v1",
            Self::Message => "likeness message v1",
            Self::Caller => "likeness caller v1",
            Self::Weights => "likeness weights v1",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> LinkKey {
        LinkKey::new(&Secret::new("a secret of sixteen bytes or more")).unwrap()
    }

    #[test]
    fn a_code_is_verified_for_its_purpose_fields_and_key_only() {
        let mac = key().sign(Purpose::Callback, &["acct_1", "task_1"]);
        assert_eq!(mac.len(), 64);
        assert!(key().verify(Purpose::Callback, &["acct_1", "task_1"], &mac));

        assert!(!key().verify(Purpose::Dataset, &["acct_1", "task_1"], &mac));
        assert!(!key().verify(Purpose::Callback, &["acct_1", "task_2"], &mac));
        assert!(!key().verify(Purpose::Callback, &["task_1", "acct_1"], &mac));
        assert!(!key().verify(Purpose::Callback, &["acct_1"], &mac));
        assert!(!key().verify(Purpose::Callback, &["acct_1", "task_1", ""], &mac));
        let other = LinkKey::new(&Secret::new("another secret of many bytes")).unwrap();
        assert!(!other.verify(Purpose::Callback, &["acct_1", "task_1"], &mac));
    }

    #[test]
    fn a_code_is_64_digits() {
        let mac = key().sign(Purpose::Dataset, &["x"]);
        let wrong = [
            format!("{mac}00"),
            format!("{mac}0"),
            mac[..62].to_owned(),
            mac[..63].to_owned(),
            format!("{}+f", &mac[..62]),
            format!("{}\u{e9}", &mac[..62]),
            String::new(),
        ];
        for text in wrong {
            assert!(!key().verify(Purpose::Dataset, &["x"], &text), "{text:?}");
        }
    }

    #[test]
    fn links_that_were_handed_out_stay_valid() {
        // Computed once with another implementation of HMAC-SHA256; a change would refuse callbacks under way.
        let mac = key().sign(Purpose::Callback, &["acct_1", "task_1"]);
        assert_eq!(mac, "0580ccfbebd8838f20a457b860be9fb59becf7db5911caab5cd528060c2ef22a");
    }

    #[test]
    fn a_short_secret_is_refused_and_a_key_shows_nothing() {
        assert_eq!(LinkKey::new(&Secret::new("")).unwrap_err(), SecretTooShort);
        assert_eq!(LinkKey::new(&Secret::new("fifteen letters")).unwrap_err(), SecretTooShort);
        assert_eq!(format!("{:?}", key()), "LinkKey(..)");
    }

    proptest! {
        #[test]
        fn text_cannot_move_between_fields(text in "[a-z:.]{2,24}", cut in any::<proptest::sample::Index>(), other in any::<proptest::sample::Index>()) {
            let (cut, other) = (cut.index(text.len() + 1), other.index(text.len() + 1));
            let mac = key().sign(Purpose::Callback, &[&text[..cut], &text[cut..]]);
            let moved = key().verify(Purpose::Callback, &[&text[..other], &text[other..]], &mac);
            prop_assert_eq!(moved, cut == other);
            prop_assert!(!key().verify(Purpose::Callback, &[&text], &mac));
        }

        #[test]
        fn any_other_code_is_refused(place in 0_usize..64, to in "[0-9a-f]") {
            let mac = key().sign(Purpose::Callback, &["acct_1"]);
            let mut changed = mac.clone();
            changed.replace_range(place..=place, &to);
            prop_assert_eq!(key().verify(Purpose::Callback, &["acct_1"], &changed), changed == mac);
        }
    }
}
