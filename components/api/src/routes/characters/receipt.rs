//! `GET /api/v1/characters/{character_id}/consent`: what is on record of the person's consent, signed for anybody to verify. It is signed when it
//! is asked for, and is the same as long as the record and the key are.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::receipt::{self, Receipt};
use lifecycle::{Ports, proofs};
use proof::Kind;
use schemars::JsonSchema;
use serde::Serialize;

use super::owned;
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/characters/{character_id}/consent",
    access: Access::READ,
    needs: &[Need::Links],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

/// A receipt, and the same signed.
#[derive(Debug, Serialize, JsonSchema)]
struct ConsentReceipt {
    /// What is on record, to be read.
    receipt: Receipt,
    /// The same, signed: a JWS in its compact form (RFC 7515) of the type `likeness-consent+jwt`.
    jws: String,
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let character = owned(ports, &customer.account, request.id("character_id")).await?;
    let receipt = receipt::receipt(&character, &ports.config().public_url);
    let nothing = || Error::new(Code::NotFound, "Nothing was said of consent when this character was created");
    let receipt = receipt.ok_or_else(nothing)?;
    let jws = proofs::signer(ports.config())?.sign(Kind::Consent, &receipt).map_err(Error::internal)?;
    Ok(Response::success(StatusCode::OK, ConsentReceipt { receipt, jws }))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getConsent", "Get the receipt of the consent to a character")
        .says(
            "What was said of the person's consent when the character was created, with the SHA-256 of every photo as it is kept. `jws` is the \
             same, signed: anybody can verify it with the keys at `/.well-known/likeness-keys.json`, also after the character is deleted.",
        )
        .answers::<ConsentReceipt>(200, "The receipt. The same answer as long as the record is.")
        .fails(&[Code::NotFound, Code::ConsentWithdrawn])
}
