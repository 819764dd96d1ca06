//! Key sets: a JWKS.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::public_key::{Jwk, PublicKey};

/// Most keys of a set.
pub const KEYS_MAX: usize = 32;

/// The keys of those whose documents are believed.
///
/// Read, it has each key once, those that are for something else are passed over, and one with more than [`KEYS_MAX`] is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet(Vec<PublicKey>);

impl KeySet {
    /// The set of these keys, each once, in their order; what is beyond [`KEYS_MAX`] is left out.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut set = Vec::new();
        for key in keys {
            if set.len() < KEYS_MAX && !set.contains(&key) {
                set.push(key);
            }
        }
        Self(set)
    }

    /// The keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }

    /// The key of this name.
    pub fn get(&self, id: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id() == id)
    }
}

#[derive(Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

impl Serialize for KeySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Jwks { keys: self.0.iter().map(Jwk::from).collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Jwks { keys } = Jwks::deserialize(deserializer)?;
        if keys.len() > KEYS_MAX {
            return Err(D::Error::custom(format!("more than {KEYS_MAX} keys")));
        }
        Ok(Self::of(keys.iter().filter_map(Jwk::key)))
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;
    use serde_json::{Value, json};

    use super::*;
    use crate::Signer;

    fn key(n: usize) -> PublicKey {
        Signer::new(&Secret::new(format!("a secret of sixteen bytes, {n}"))).unwrap().public_key()
    }

    #[test]
    fn a_set_is_written_as_the_standard_has_it_and_read_again() {
        let set = KeySet::of([key(1), key(2), key(1)]);
        let written = serde_json::to_value(&set).unwrap();
        assert_eq!(
            written["keys"][0],
            json!({ "kty": "OKP", "crv": "Ed25519", "x": key(1).x(), "kid": key(1).id(), "use": "sig", "alg": "EdDSA" })
        );
        assert_eq!(written["keys"].as_array().map(Vec::len), Some(2));
        assert_eq!(serde_json::from_value::<KeySet>(written).unwrap(), set);
        assert_eq!((set.get(&key(2).id()), set.get(&key(3).id())), (Some(&key(2)), None));
    }

    #[test]
    fn keys_of_others_are_passed_over_and_too_many_are_refused() {
        let mut document = serde_json::to_value(KeySet::of([key(1)])).unwrap();
        let keys = document["keys"].as_array_mut().unwrap();
        keys.insert(0, json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "key_ops": ["verify"] }));
        let read = |document: Value| serde_json::from_value::<KeySet>(document);
        assert_eq!(read(document.clone()).unwrap(), KeySet::of([key(1)]));
        let many = vec![document["keys"][0].clone(); KEYS_MAX + 1];
        assert!(read(json!({ "keys": many })).is_err());
        assert!(read(json!({ "keys": {} })).is_err());
        assert_eq!(KeySet::of((0..KEYS_MAX + 3).map(key)).keys().len(), KEYS_MAX);
    }
}
