//! `GET /api/v1/admin/doctor`: examines the store the application is deployed on, and closes it for money where it cannot be trusted;
//! and beside it the bucket, the providers' accounts and the public address, which say nothing about money.

use domain::Timestamp;
use futures_util::future::join;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::doctor::{Effort, Verdict, is_safe};
use store::keys;

use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/admin/doctor",
    access: Access::Operator,
    needs: &[Need::Bucket, Need::Links, Need::Providers, Need::Manifests, Need::Anywhere],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(doctor(ports, request)))
}

/// What the doctor says.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorReport")]
pub(crate) struct Report {
    /// Whether money may touch the store: the checks of the store alone decide.
    safe: bool,
    /// Whether no check failed, of whatever.
    healthy: bool,
    /// How long it took, in milliseconds.
    took_ms: u128,
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorCheck")]
struct Check {
    /// What was looked at.
    #[schemars(extend("enum" = ["store", "bucket", "provider", "public_url", "certificate"]))]
    about: &'static str,
    check: &'static str,
    #[schemars(extend("enum" = ["passed", "tolerated", "failed"]))]
    verdict: &'static str,
    /// What is wrong, and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

async fn doctor<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let effort = match request.parameter("effort").as_deref() {
        None | Some("quick") => Effort::Quick,
        Some("thorough") => Effort::Thorough,
        Some(_) => return Err(Error::new(Code::InvalidRequest, "`effort` has to be quick or thorough")),
    };
    let began: Timestamp = ports.now();
    let (of_store, beside) = join(ports.store().examine(effort), diagnosis::examine(ports)).await;
    let safe = is_safe(&of_store);
    ports.store().write(&keys::safe(), &safe).await?;
    let of_store = of_store.into_iter().map(|finding| Check::new("store", finding.check, finding.verdict));
    let beside = beside.into_iter().map(|finding| Check::new(finding.about.into(), finding.check, finding.verdict));
    let checks: Vec<Check> = of_store.chain(beside).collect();
    let healthy = checks.iter().all(|check| check.verdict != FAILED);
    let report = Report { safe, healthy, took_ms: ports.now().since(began).as_millis(), checks };
    Ok(Response::success(StatusCode::OK, report))
}

const FAILED: &str = "failed";

impl Check {
    fn new(about: &'static str, check: &'static str, verdict: Verdict) -> Self {
        let (verdict, note) = match verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Tolerated(note) => ("tolerated", Some(note.to_owned())),
            Verdict::Failed(reason) => (FAILED, Some(reason)),
        };
        Self { about, check, verdict, note }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "examineStore", "Run the doctor")
        .says("Closes the store for money where it cannot be trusted. The bucket, the providers' accounts and the public address are examined as well, and close nothing.")
        .query("effort", "How long to try.", json!({ "type": "string", "enum": ["quick", "thorough"] }))
        .answers::<Report>(200, "Every check.")
}
