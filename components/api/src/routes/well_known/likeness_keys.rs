//! `GET /.well-known/likeness-keys.json`: the keys that signed documents of this deployment are verified with.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::{Ports, proofs};

use crate::Error;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: proof::KEYS_PATH,
    access: Access::Anyone,
    needs: &[Need::LinkKey, Need::Setting(&settings::RETIRED_PROOF_KEYS)],
};

/// The media type of a JWKS (RFC 7517, 8.5).
const JWK_SET: &str = "application/jwk-set+json";
/// For how long the keys may be gone by: new ones are added before they sign for long.
const KEPT: &str = "public, max-age=3600";

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(keys(ports, request)))
}

#[expect(clippy::unused_async, reason = "every handler has the same shape")]
async fn keys<P: Ports, B>(ports: &P, _: Request<B>) -> Result<Response, Error> {
    let keys = serde_json::to_vec(&proofs::keys(ports.config())?).map_err(Error::internal)?;
    Ok(Response::new(StatusCode::OK, JWK_SET, keys).with(CACHE_CONTROL, KEPT))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getProofKeys", "Get the keys of signed documents")
        .says(
            "What the `jws` of a recipe or a receipt is verified with: a JWKS (RFC 7517) of Ed25519 keys, each called by its thumbprint (RFC 7638). \
             Keys of secrets that were changed stay in it, so that old documents verify.",
        )
        .answers_with(200, "The keys, the present one first.", Content::Bytes(JWK_SET), &["Cache-Control"])
}
