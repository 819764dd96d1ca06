//! `GET /api/v1/admin/doctor`: examines the store the application is deployed on, and closes it for money where it cannot be trusted.

use domain::Timestamp;
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::doctor::{Effort, Verdict, is_safe};
use store::keys;

use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/admin/doctor", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(doctor(ports, request)))
}

/// What the doctor says.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorReport")]
pub(crate) struct Report {
    /// Whether money may touch the store.
    safe: bool,
    /// How long it took, in milliseconds.
    took_ms: u128,
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorCheck")]
struct Check {
    check: &'static str,
    #[schemars(extend("enum" = ["passed", "tolerated", "failed"]))]
    verdict: &'static str,
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
    let findings = ports.store().examine(effort).await;
    let safe = is_safe(&findings);
    ports.store().write(&keys::safe(), &safe).await?;
    let check = |finding: &store::doctor::Finding| {
        let (verdict, note) = match &finding.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Tolerated(note) => ("tolerated", Some((*note).to_owned())),
            Verdict::Failed(reason) => ("failed", Some(reason.clone())),
        };
        Check { check: finding.check, verdict, note }
    };
    let report =
        Report { safe, took_ms: ports.now().since(began).as_millis(), checks: findings.iter().map(check).collect() };
    Ok(Response::success(StatusCode::OK, report))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "examineStore", "Examine the store")
        .says("Closes it for money where it cannot be trusted.")
        .query("effort", "How long to try.", json!({ "type": "string", "enum": ["quick", "thorough"] }))
        .answers::<Report>(200, "Every check.")
}
