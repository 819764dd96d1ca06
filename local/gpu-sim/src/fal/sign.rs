//! fal's callbacks and the key that they are signed with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webhook::fal::{REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, USER_ID_HEADER};

use super::show;
use crate::job::Job;
use crate::protocol::Callback;
use crate::state::Shared;

/// The key that goes with an API key: the same after a restart.
fn signing_key(fal_key: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(format!("callbacks of {fal_key}")).into())
}

/// The public part, as fal publishes it.
pub(super) fn jwks(fal_key: &str) -> Value {
    let public = signing_key(fal_key).verifying_key();
    let name: String = hex::encode(Sha256::digest(public.as_bytes())).chars().take(16).collect();
    let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": name, "x": x }] })
}

/// What is told of a request that is over.
pub(crate) fn callback(shared: &Shared, job: &Job) -> Callback {
    signed(&signing_key(&shared.options.fal_key), shared, job)
}

/// The same, signed by someone else.
pub(crate) fn forged(shared: &Shared, job: &Job) -> Callback {
    signed(&signing_key("someone else"), shared, job)
}

fn signed(key: &SigningKey, shared: &Shared, job: &Job) -> Callback {
    let body = show::told(job).to_string();
    let (user, now) = (shared.options.fal_user_id.clone(), jiff::Timestamp::now().as_second().to_string());
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    let signature = key.sign(format!("{}\n{user}\n{now}\n{digest}", job.id).as_bytes());
    let headers = vec![
        (REQUEST_ID_HEADER, job.id.clone()),
        (USER_ID_HEADER, user),
        (TIMESTAMP_HEADER, now),
        (SIGNATURE_HEADER, hex::encode(signature.to_bytes())),
    ];
    Callback { body, headers }
}
