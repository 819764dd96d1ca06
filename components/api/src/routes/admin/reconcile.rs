//! `POST /api/v1/admin/reconcile`: a sweep. Finishes what nobody asked about again, and removes what is past its time.

use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::sweep::{self, Wanted};
use lifecycle::{Ports, looks, rounds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checks::NUMBER_MAX;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Accounts of one sweep and kind of work, where the caller does not say how many.
const LIMIT_DEFAULT: usize = 500;
/// Most of them.
const LIMIT_MAX: usize = 5_000;

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/admin/reconcile",
    access: Access::Operator,
    needs: &[
        Need::Links,
        Need::Providers,
        Need::Manifests,
        Need::Anywhere,
        Need::Bucket,
        Need::Setting(&settings::PHOTOS_KEPT),
        Need::Setting(&settings::RESULTS_KEPT),
        Need::Setting(&settings::TASKS_KEPT),
        Need::Setting(&settings::TRAINING_DEADLINE),
        Need::Setting(&settings::OPEN_TASKS_MAX),
        Need::Setting(&settings::DUE_PAGES),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(reconcile(ports, request)))
}

/// What a caller sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sweep {
    /// The `next_cursor` of the answer before. What was done is not done again, with or without it.
    #[schemars(range(max = NUMBER_MAX))]
    cursor: Option<u64>,
    /// How many accounts to work for at most, for each kind of work.
    #[schemars(range(max = NUMBER_MAX))]
    limit: Option<u64>,
    /// Whether to look at every account with anything open or kept, also where nothing is due yet: after an outage, or for whoever does not
    /// want to wait.
    all: Option<bool>,
}

/// What the sweep came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Swept {
    /// Accounts that something was due for.
    accounts: u64,
    /// Tasks that had ended, or have now, and are settled.
    settled: u64,
    /// Tasks that go on.
    open: u64,
    /// Accounts, tasks, messages, and what is past its time, that could not be looked at; the log says why.
    failed: u64,
    /// To be sent again with: there is more that is due now. Nothing where there is not.
    next_cursor: Option<u64>,
}

async fn reconcile<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let wanted: Sweep = if request.content.is_empty() { Sweep::default() } else { request.json()? };
    if [wanted.cursor, wanted.limit].into_iter().flatten().any(|number| number > NUMBER_MAX) {
        return Err(Error::new(Code::InvalidRequest, format!("`cursor` and `limit` are at most {NUMBER_MAX}")));
    }
    let limit = wanted.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    // Where others are at it already, this round does without.
    let room = request.room.take(looks::LOOK_BYTES).ok();
    let wanted = Wanted { limit: limit.clamp(1, LIMIT_MAX), all: wanted.all.unwrap_or(false), looks: room.is_some() };
    let at = ports.now();
    let swept = sweep::sweep(ports, wanted).await?;
    drop(room);
    rounds::note(ports, at, swept).await;
    Ok(Response::success(StatusCode::OK, Swept::from(swept)))
}

impl From<sweep::Swept> for Swept {
    fn from(swept: sweep::Swept) -> Self {
        let sweep::Swept { accounts, settled, open, failed, more } = swept;
        Self { accounts, settled, open, failed, next_cursor: more.then_some(1) }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "reconcile", "Reconcile open tasks")
        .says("Settles what nobody reported, and removes what is past its time. What is due is shared by all who ask at once. It begins nothing after 15 seconds; then `next_cursor` says that there is more.")
        .may_take::<Sweep>(json!({ "limit": 100 }))
        .answers::<Swept>(200, "What it came to.")
}
