//! `GET /api/v1/admin/reconcile`: what the latest rounds of the sweep came to.

use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::rounds::{self, Round};
use lifecycle::{Ports, sweep};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/reconcile", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(show(ports, request)))
}

/// The latest rounds of the sweep.
#[derive(Debug, Serialize, JsonSchema)]
struct Rounds {
    /// At most 50, the last one first.
    rounds: Vec<View>,
}

/// A round of the sweep.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SweepRound")]
struct View {
    /// When it began.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// Accounts that something was due for.
    accounts: u64,
    /// Tasks that had ended, or did then, and were settled.
    settled: u64,
    /// Tasks that went on.
    open: u64,
    /// What could not be looked at; the log says why.
    failed: u64,
    /// Whether there was more that was due.
    more: bool,
}

async fn show<P: Ports, B>(ports: &P, _: Request<B>) -> Result<Response, Error> {
    let rounds = rounds::latest(ports).await?.into_iter().map(View::from).collect();
    Ok(Response::success(StatusCode::OK, Rounds { rounds }))
}

impl From<Round> for View {
    fn from(Round { at, took_ms, swept }: Round) -> Self {
        let sweep::Swept { accounts, settled, open, failed, more } = swept;
        Self { at: at.to_string(), took_ms, accounts, settled, open, failed, more }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listRounds", "List rounds of the sweep")
        .says("What the latest calls of the sweep came to, whoever sent them. Where the last one is long ago, nobody calls it: nothing is settled then that no callback told of.")
        .answers::<Rounds>(200, "The latest rounds.")
}
