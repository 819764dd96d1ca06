//! `GET /api/v1/results/{name}/provenance`: how a file was made, signed for anybody to verify. It is signed when it is asked for, from the task
//! as it is stored, and the same every time as long as the key is the same.

use domain::Character;
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, proofs};
use proof::Kind;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use super::recipe::Recipe;
use crate::delivered::{self, Delivered};
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/results/{name}/provenance",
    access: Access::Anyone,
    needs: &[Need::Store, Need::Links],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(provenance(ports, request)))
}

/// A recipe, and the same signed.
#[derive(Debug, Serialize, JsonSchema)]
struct Provenance {
    /// How it was made, to be read.
    recipe: Recipe,
    /// The same, signed: a JWS in its compact form (RFC 7515) of the type `likeness-recipe+jwt`.
    jws: String,
}

async fn provenance<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let delivered = delivered::find(ports, request.segment("name")).await?;
    let character = character(ports, &delivered).await?;
    let recipe = Recipe::of(ports.config(), &delivered, character.as_ref())?;
    let jws = proofs::signer(ports.config())?.sign(Kind::Recipe, &recipe).map_err(Error::internal)?;
    Ok(Response::success(StatusCode::OK, Provenance { recipe, jws }))
}

/// The character that it is about, where it is about one.
async fn character<P: Ports>(ports: &P, delivered: &Delivered) -> Result<Option<Character>, Error> {
    let Some(id) = delivered.task.work.character() else { return Ok(None) };
    Ok(ports.store().load(&keys::character(&delivered.task.account, id)).await?)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "getProvenance", "Get the recipe of a result")
        .says(
            "`name` is the last segment of a `url` of a task's result; whoever knows that may ask, for 7 days. The recipe says how the file was made \
             and which bytes it has, and neither who asked for it nor the prompt; it names the receipt of the consent to its character by its SHA-256. `jws` is the same, signed: anybody can verify it with the keys at \
             `/.well-known/likeness-keys.json`, also after the file is gone.",
        )
        .answers::<Provenance>(200, "The recipe. The same answer every time.")
        .fails(&[Code::NotFound, Code::ResultExpired])
}
