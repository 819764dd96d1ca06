//! `GET /api/v1/admin/withheld`: the latest results that providers delivered and nobody got.

use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use lifecycle::withheld::{self, Flag};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::views::task::CHARACTER_MODEL;
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/withheld", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(show(ports, request)))
}

/// The latest results that were withheld.
#[derive(Debug, Serialize, JsonSchema)]
struct Withheld {
    /// At most 100, the last one first; one for each task.
    withheld: Vec<View>,
}

/// A result that was withheld.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WithheldResult")]
struct View {
    /// When.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// Whose task it was.
    account_id: String,
    /// The task, which failed.
    task_id: String,
    /// The model that was to do it.
    model: String,
    /// Who delivered it.
    provider: &'static str,
    /// What was paid for: `1 video of 10.0 s`.
    expected: String,
    /// What came: `a file that plays 31.0 s`.
    came: String,
}

async fn show<P: Ports, B>(ports: &P, _: Request<B>) -> Result<Response, Error> {
    let withheld = withheld::all(ports).await?.into_iter().map(View::from).collect();
    Ok(Response::success(StatusCode::OK, Withheld { withheld }))
}

impl From<Flag> for View {
    fn from(flag: Flag) -> Self {
        let Flag { at, account, task, model, provider, expected, came } = flag;
        Self {
            at: at.to_string(),
            account_id: account.to_string(),
            task_id: task.to_string(),
            model: model.unwrap_or_else(|| CHARACTER_MODEL.to_owned()),
            provider: provider.as_str(),
            expected,
            came,
        }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listWithheld", "List withheld results")
        .says("What providers delivered and nobody got: longer than what was paid for, of another kind, too large, not to be had. Those tasks failed and their credits were given back; the provider may still charge you.")
        .answers::<Withheld>(200, "The latest of them.")
}
