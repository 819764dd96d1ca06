//! `POST /api/v1/estimate`: what a run would cost. Holds nothing, makes nothing.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use lifecycle::runs::{self, Quote};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Asked, Generate, REFUSALS, example, read};
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/estimate",
    access: Access::READ,
    needs: &[Need::Links, Need::ProviderNames, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, estimate)))
}

/// What a run would be.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Estimate {
    model: String,
    /// Exactly what it would cost.
    credits: u64,
    /// The parameters that would count, defaults included.
    applied: Map<String, Value>,
    /// What would have no effect.
    ignored: Vec<String>,
}

async fn estimate<P: Ports, B: Body>(ports: &P, _: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let Asked { model, input, .. } = read(ports, &mut request)?;
    let Quote { run, cost, ignored, .. } = runs::quote(ports, &model, &input).await?;
    let estimate = Estimate { model: run.model, credits: cost.amount(), applied: run.params, ignored };
    Ok(Response::success(StatusCode::OK, estimate))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "estimate", "Estimate a price")
        .says("The body of a run. Nothing is held and nothing is made.")
        .takes::<Generate>(example())
        .answers::<Estimate>(200, "What it would cost, and what of it would count.")
        .fails(&REFUSALS)
        .fails(&[Code::MissingModel])
}
